(for_statement left: (_) @target right: (_) @value body: (block) @body) @loop @branch @nest
(while_statement condition: (_) @condition body: (block) @body) @loop @branch @nest
(for_in_clause left: (_) @target right: (_) @value) @branch
