(string) @string
(regex) @regex
