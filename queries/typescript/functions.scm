; On top of JavaScript's facts, which hold for TypeScript and TSX too.
(abstract_class_declaration name: (_) @name body: (class_body) @body) @class
(internal_module name: (_) @name body: (statement_block)? @body) @class
(required_parameter value: (_)? @value) @branch
