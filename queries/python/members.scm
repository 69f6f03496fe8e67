; @member: a name of a receiver; @identifier: a name that stands alone.
(attribute object: (_) @receiver attribute: (identifier) @name) @member
(identifier) @identifier
