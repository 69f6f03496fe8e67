; Names that get a value. @assign is one that may also set a property of an object.
(assignment left: (_) @target right: (_)? @value) @binding @assign
(augmented_assignment left: (_) @target right: (_) @value) @binding @assign
(named_expression name: (_) @target value: (_) @value) @binding
