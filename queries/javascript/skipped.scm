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
