(variable_declarator name: (_) @target value: (_)? @value) @binding
(assignment_expression left: (_) @target right: (_) @value) @binding @assign
(augmented_assignment_expression left: (_) @target right: (_) @value) @binding @assign
(update_expression argument: (_) @target) @binding
(jsx_attribute) @attribute
