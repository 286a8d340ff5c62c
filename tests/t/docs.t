# The documentation says what the program's own tables say.
use strict;
use warnings;
use Test::More;

my $output = `scripts/update-docs --check 2>&1`;
is($output, '', 'keys, findings and options in README and manual page are up to date');
is($?, 0, 'nothing is stale');

my $manual = `man --warnings -l docs/pgwatch-tui.1 2>&1 >/dev/null`;
SKIP: {
    skip 'no man here', 1 if system('command -v man >/dev/null') != 0;
    is($manual, '', 'the manual page has no warnings');
}

open my $readme, '<', 'README.md' or die;
my $text = do { local $/; <$readme> };
for my $target ($text =~ /\]\((?!https?:)([^)#]+)\)/g) {
    ok(-e $target, "README links to $target, which is there");
}
done_testing();
