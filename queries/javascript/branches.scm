(if_statement condition: (_) @condition) @branch @nest
(else_clause) @flat
(ternary_expression) @branch @nest
(switch_statement value: (_) @value) @nest
(switch_case) @branch
(catch_clause) @branch @nest
(binary_expression operator: ["&&" "||" "??"]) @boolean
(try_statement body: (statement_block) @body) @try
