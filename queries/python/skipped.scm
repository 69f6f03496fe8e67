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
(argument_list) @plain-leaf
(parameters) @plain-leaf
