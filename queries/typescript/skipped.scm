; On top of JavaScript's. Types hold no calls; interfaces are walked, for the comments in them.
(type_identifier) @leaf
(predefined_type) @leaf
(type_arguments) @leaf
(type_parameters) @leaf
(generic_type) @leaf
(union_type) @leaf
(nested_type_identifier) @leaf

; @plain-leaf: nothing is looked for below where the text is names alone.
(type_annotation) @plain-leaf
(required_parameter) @plain-leaf
(optional_parameter) @plain-leaf
