# Gem::Version of Ruby: a pair a line in, its order out (`!` where one is no version).
$stdin.each_line(chomp: true) do |line|
  a, b = line.split("\t", -1)
  puts Gem::Version.correct?(a) && Gem::Version.correct?(b) ? (Gem::Version.new(a) <=> Gem::Version.new(b)) : '!'
end
