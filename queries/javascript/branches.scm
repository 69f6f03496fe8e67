(if_statement condition: (_) @condition) @branch @nest
(else_clause) @flat
(ternary_expression) @branch @nest
(switch_statement value: (_) @value) @nest
(switch_case) @branch
(catch_clause) @branch @nest
(binary_expression operator: ["&&" "||"]) @boolean
; A default is no step for a reader.
(binary_expression operator: ["??"] @shorthand) @boolean
(augmented_assignment_expression operator: ["&&=" "||=" "??="] @shorthand) @boolean
(try_statement body: (statement_block) @body) @try
; A default is taken or not, at each call.
(assignment_pattern) @branch
(object_assignment_pattern) @branch
