(let_declaration pattern: (_) @target value: (_)? @value) @binding
(const_item name: (identifier) @target value: (_)? @value) @binding
(static_item name: (identifier) @target value: (_)? @value) @binding
(assignment_expression left: (_) @target right: (_) @value) @binding @assign
(compound_assignment_expr left: (_) @target right: (_) @value) @binding @assign
