(call_expression function: (_) @callee arguments: (arguments) @arguments) @call
(macro_invocation macro: (_) @callee) @call
