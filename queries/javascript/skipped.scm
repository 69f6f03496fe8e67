; @leaf: nothing is looked for below. Names and literals have no children.
(identifier) @leaf
(property_identifier) @leaf
(private_property_identifier) @leaf
(shorthand_property_identifier) @leaf
(number) @leaf
(true) @leaf
(false) @leaf
(null) @leaf
(this) @leaf
(regex) @leaf
(import_statement) @leaf

; @plain-leaf: nothing is looked for below where the text is names and literals alone: `a.b.c`, `(this, x, "y")`.
(member_expression) @plain-leaf
(arguments) @plain-leaf
(formal_parameters) @plain-leaf
(binary_expression) @plain-leaf
(unary_expression) @plain-leaf
(update_expression) @plain-leaf
(subscript_expression) @plain-leaf
(array) @plain-leaf
(pair) @plain-leaf
(parenthesized_expression) @plain-leaf
(spread_element) @plain-leaf
