; @leaf: nothing is looked for below. Names and literals have no children; types and attributes hold no calls.
(identifier) @leaf
(field_identifier) @leaf
(type_identifier) @leaf
(primitive_type) @leaf
(scoped_identifier) @leaf
(scoped_type_identifier) @leaf
(generic_type) @leaf
(reference_type) @leaf
(type_arguments) @leaf
(type_parameters) @leaf
(lifetime) @leaf
(visibility_modifier) @leaf
(integer_literal) @leaf
(boolean_literal) @leaf
(char_literal) @leaf
(use_declaration) @leaf
(attribute_item) @leaf
(self) @leaf
(mutable_specifier) @leaf

; @plain-leaf: nothing is looked for below where the text is names and literals alone: `a.b.c`, `(&self, x, "y")`.
(field_expression) @plain-leaf
(arguments) @plain-leaf
(parameters) @plain-leaf
(token_tree) @plain-leaf
(binary_expression) @plain-leaf
(unary_expression) @plain-leaf
(reference_expression) @plain-leaf
(index_expression) @plain-leaf
(array_expression) @plain-leaf
(tuple_expression) @plain-leaf
(parenthesized_expression) @plain-leaf
(range_expression) @plain-leaf
(parameter) @plain-leaf
(field_initializer) @plain-leaf
