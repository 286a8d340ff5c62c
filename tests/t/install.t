# make install: everything is under DESTDIR and PREFIX, may be read by all whatever the umask is, and
# is gone after make uninstall.
use strict;
use warnings;

use File::Find qw(find);
use File::Spec::Functions qw(abs2rel);
use File::Temp ();
use Test::More;

my $folder = File::Temp::tempdir('pgwatch-install-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $target = "$folder/it's a place";
my @variables = ("DESTDIR=$target", 'PREFIX=/opt/pgwatch');
# Relative where they can be: make takes no name with spaces, and the checkout may have some.
push @variables, "PROGRAM=" . abs2rel($ENV{PGWATCH_TUI}), "BUILD=" . abs2rel($ENV{PGWATCH_BUILD})
  if defined $ENV{PGWATCH_TUI};

sub make
{
	my ($goal) = @_;
	my $before = umask 077;
	my $pid = open my $pipe, '-|', 'make', '--no-print-directory', $goal, @variables or die;
	local $/;
	my $out = <$pipe>;
	umask $before;
	return close $pipe ? undef : $out;
}

sub files
{
	my @found;
	find({ no_chdir => 1, wanted => sub { push @found, $_ if -f } }, $target);
	return map { substr $_, length $target } sort @found;
}

is(make('install'), undef, 'install');
my @files = files();
is(scalar(grep { !m{^/opt/pgwatch/} } @files), 0, 'nothing is outside of PREFIX');
for my $file ('bin/pgwatch-tui', 'share/man/man1/pgwatch-tui.1', 'share/pgwatch-tui/config/local.yaml',
	'share/pgwatch-tui/docker-compose.yml', 'share/pgwatch-tui/primary/init-primary.sh')
{
	ok((grep { $_ eq "/opt/pgwatch/$file" } @files), "$file is there");
}
find({ no_chdir => 1, wanted => sub {
	my $mode = (stat)[2] & 07777;
	my $wanted = -d || /\.sh$|bin\/pgwatch-tui$/ ? 0755 : 0644;
	fail(sprintf '%s has mode %o', $_, $mode) if $mode != $wanted;
} }, "$target/opt/pgwatch/share/pgwatch-tui", "$target/opt/pgwatch/bin");
pass('modes');

my $program = "$target/opt/pgwatch/bin/pgwatch-tui";
for my $config (qw(local compose attached))
{
	open my $pipe, '-|', $program, 'check-config', "$target/opt/pgwatch/share/pgwatch-tui/config/$config.yaml";
	my @lines = <$pipe>;
	ok(close $pipe, "$config.yaml can be used where it was installed");
}

is(make('uninstall'), undef, 'uninstall');
is(join(' ', files()), '', 'nothing is left');
done_testing();
