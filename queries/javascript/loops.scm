(for_statement body: (_) @body) @loop @branch @nest
(for_in_statement left: (_) @target right: (_) @value body: (_) @body) @loop @branch @nest
(while_statement condition: (_) @condition body: (_) @body) @loop @branch @nest
(do_statement body: (_) @body condition: (_) @condition) @loop @branch @nest
