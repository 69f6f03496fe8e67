; @shape: what rules about the shape of the code look at.
(if_statement alternative: (_)? @alternative) @shape
(while_statement) @shape
(switch_statement) @shape
(catch_clause) @shape
(return_statement) @shape
(throw_statement) @shape
(break_statement) @shape
(continue_statement) @shape
