# The documentation says what the program's own tables say.
use strict;
use warnings;
use Test::More;

my $output = `scripts/update-docs --check 2>&1`;
is($output, '', 'keys, findings, options and metrics in the documentation are up to date');
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

# What Prometheus is told in the README.
my ($rules) = $text =~ /```yaml\n(groups:\n.*?)```/s;
my $tools = ($ENV{PGWATCH_BUILD} // 'build') . '/tests/tools';
my %known = map { (/^\| `(\w+)` / ? ($1 => 1) : ()) } split /\n/, `$tools/docs_print metrics`;
cmp_ok(scalar keys %known, '>', 40, 'the metrics are known');
is_deeply([ grep { !$known{$_} } $text =~ /(pgwatch_tui_\w+)/g ], [], 'those of the README are among them');
SKIP: {
    my ($promtool) = grep { -x } 'build/tools/promtool', map { "$_/promtool" } split /:/, $ENV{PATH};
    skip 'no promtool here: make deps', 1 if !defined $promtool;
    open my $check, '|-', $promtool, 'check', 'rules', '/dev/stdin' or die "$promtool: $!";
    print $check $rules;
    ok(close $check, 'promtool takes the alert rules');
}
done_testing();
