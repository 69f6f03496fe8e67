; @branch is a decision of McCabe's number. @nest adds one and the nesting to the cognitive score and nests what is inside;
; @flat adds one only. @try marks what a handler guards.
(if_statement) @branch @nest
(elif_clause) @branch @flat
(else_clause) @flat
(conditional_expression) @branch @nest
(match_statement) @nest
(case_clause) @branch
(except_clause) @branch @nest
(boolean_operator operator: ["and" "or"]) @boolean
(if_clause) @branch
(try_statement body: (block) @body) @try
