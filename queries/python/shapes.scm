; @shape: what rules about the shape of the code look at.
(if_statement alternative: (_)? @alternative) @shape
(while_statement) @shape
(except_clause) @shape
(return_statement) @shape
(raise_statement) @shape
(break_statement) @shape
(continue_statement) @shape
(assert_statement) @shape
