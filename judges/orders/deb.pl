# dpkg itself: each pair by its own call, `!` where it refuses a version or warns that it is malformed. That a version
# should start with a digit is the one warning that dpkg goes on after.
use strict;
use warnings;
$ENV{LC_ALL} = 'C';
my ($version) = `dpkg --version` =~ /version (\S+)/;
print "dpkg $version\n";
open(my $null, '>', '/dev/null') or die;
sub ask {
    my ($a, $relation, $b) = @_;
    my $pid = open(my $said, '-|') // die;
    if (!$pid) {
        open(STDERR, '>&', \*STDOUT) or die;
        exec 'dpkg', '--compare-versions', $a, $relation, $b or die;
    }
    my @lines = grep { !/does not start with digit/ } <$said>;
    close($said);
    return @lines ? 2 : $? >> 8;
}
while (<STDIN>) {
    chomp;
    my ($a, $b) = split /\t/, $_, -1;
    # An empty version is no version; dpkg takes it for one that is earlier than all.
    if ($a eq '' || $b eq '') { print '!'; next; }
    my $less = ask($a, 'lt', $b);
    print $less == 2 ? '!' : $less == 0 ? '<' : ask($a, 'eq', $b) == 0 ? '=' : '>';
}
print "\n";
