(function_definition name: (identifier) @name parameters: (parameters) @parameters body: (block) @body) @function
(lambda body: (_) @body) @closure
(class_definition name: (identifier) @name body: (block) @body) @class
(decorator) @decorator
