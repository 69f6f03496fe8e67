(function_item name: (_) @name parameters: (parameters) @parameters body: (block) @body) @function
(closure_expression parameters: (closure_parameters) @parameters body: (_) @body) @closure
(impl_item type: (_) @name body: (declaration_list)? @body) @class
(trait_item name: (type_identifier) @name body: (declaration_list) @body) @class
(mod_item name: (identifier) @name body: (declaration_list)? @body) @class
(attribute_item) @decorator
