; @member: a name of a receiver; @identifier: a name that stands alone.
(member_expression object: (_) @receiver property: (_) @name) @member
(identifier) @identifier
(shorthand_property_identifier) @identifier
