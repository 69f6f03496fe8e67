(use_declaration argument: (_) @value) @import
