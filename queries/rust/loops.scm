(for_expression pattern: (_) @target value: (_) @value body: (block) @body) @loop @branch @nest
(while_expression condition: (_) @condition body: (block) @body) @loop @branch @nest
(loop_expression body: (block) @body) @loop @nest
