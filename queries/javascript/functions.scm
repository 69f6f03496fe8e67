(function_declaration name: (identifier) @name parameters: (formal_parameters) @parameters body: (statement_block) @body) @function
(function_expression name: (identifier)? @name parameters: (formal_parameters) @parameters body: (statement_block) @body) @function
(generator_function_declaration name: (identifier) @name parameters: (formal_parameters) @parameters body: (statement_block) @body) @function
(generator_function name: (identifier)? @name parameters: (formal_parameters) @parameters body: (statement_block) @body) @function
(arrow_function parameters: (formal_parameters)? @parameters body: (_) @body) @function
(method_definition name: (_) @name parameters: (formal_parameters) @parameters body: (statement_block) @body) @function
(class_declaration name: (_) @name body: (class_body) @body) @class
(class name: (_)? @name body: (class_body) @body) @class
(decorator) @decorator
