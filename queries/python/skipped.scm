; @leaf: nothing is looked for below. Names and literals have no children; types hold no calls.
(identifier) @leaf
(integer) @leaf
(float) @leaf
(true) @leaf
(false) @leaf
(none) @leaf
(type) @leaf
(dotted_name) @leaf
(import_statement) @leaf
(import_from_statement) @leaf

; @plain-leaf: nothing is looked for below where the text is names and literals alone: `a.b.c`, `(self, x, "y")`.
(attribute) @plain-leaf
(parameters) @plain-leaf
(comparison_operator) @plain-leaf
(binary_operator) @plain-leaf
(unary_operator) @plain-leaf
(subscript) @plain-leaf
(list) @plain-leaf
(tuple) @plain-leaf
(pair) @plain-leaf
(parenthesized_expression) @plain-leaf
(typed_parameter) @plain-leaf
(expression_list) @plain-leaf
(pattern_list) @plain-leaf

; @plain-pairs: the same, where a `=` only names a value.
(argument_list) @plain-pairs
(keyword_argument) @plain-pairs
