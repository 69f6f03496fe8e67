; @member: a name of a receiver or path; @identifier: a name that stands alone.
(field_expression value: (_) @receiver field: (_) @name) @member
(scoped_identifier path: (_) @receiver name: (_) @name) @member
(scoped_type_identifier path: (_) @receiver name: (_) @name) @member
(identifier) @identifier
(type_identifier) @identifier
