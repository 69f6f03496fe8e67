(if_expression condition: (_) @condition) @branch @nest
(else_clause) @flat
(match_expression value: (_) @value) @nest
(match_arm pattern: (match_pattern) @target) @branch
(try_expression) @branch
(let_declaration alternative: (block) @alternative) @branch-if-alternative
(binary_expression operator: ["&&" "||"]) @boolean
; Macros hold tokens, not trees.
(token_tree ["fn" "match" "=>" "if" "while" "for" "?" "&&" "||"] @token) @tokens
