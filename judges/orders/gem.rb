# RubyGems' own Gem::Version and Gem::Requirement.
ranges = ARGV[0].end_with?("-ranges")
puts "rubygems #{Gem::VERSION}"
answers = STDIN.each_line.map do |line|
  a, b = line.chomp.split("\t", -1)
  if ranges
    Gem::Requirement.new(*a.split(",", -1)).satisfied_by?(Gem::Version.new(b)) ? "y" : "n"
  else
    ["<", "=", ">"][(Gem::Version.new(a) <=> Gem::Version.new(b)) + 1]
  end
rescue ArgumentError
  "!"
end
puts answers.join
