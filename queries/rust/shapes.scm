; @shape: what rules about the shape of the code look at.
(if_expression alternative: (_)? @alternative) @shape
(while_expression) @shape
(loop_expression) @shape
(return_expression) @shape
(break_expression) @shape
(continue_expression) @shape
