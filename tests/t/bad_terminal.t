# bad_terminal: terminals that go away without a signal or take nothing more, and a user whose
# messages are not English: the program ends, and says of servers what it says to everybody.
use strict;
use warnings;

use File::Temp qw(tempdir);
use IO::Pty;
use IO::Socket::INET;
use POSIX qw(setsid WNOHANG);
use Test::More;
use Time::HiRes qw(sleep time);

my $program = $ENV{PGWATCH_TUI} or plan skip_all => 'PGWATCH_TUI is not set';
my $directory = tempdir(CLEANUP => 1);
my $DEADLINE_S = 20;

sub description
{
	my $socket = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Proto => 'tcp', Listen => 1);
	my ($port, $path) = ($socket->sockport, "$directory/cluster.yaml");

	close $socket; # nobody listens there now
	open my $file, '>', $path or die "$path: $!";
	print $file "cluster: testbed\nnodes:\n  - {name: node0, host: 127.0.0.1, port: $port}\n";
	close $file;
	return $path;
}

my $config = description();

# The dashboard on a pseudo-terminal of its own: (pid, master).
sub dashboard
{
	my (%options) = @_;
	my $pty = IO::Pty->new;

	$pty->slave->clone_winsize_from(\*STDIN) if -t STDIN;
	my $pid = fork // die "fork: $!";
	if ($pid == 0)
	{
		$options{controlling} ? $pty->make_slave_controlling_terminal : setsid();
		my $slave = $pty->slave;
		close $pty;
		open STDIN, '<&', $slave;
		open STDOUT, '>&', $slave;
		open STDERR, '>&', $slave;
		close $slave;
		@ENV{qw(TERM LC_ALL)} = ('xterm-256color', 'C.UTF-8');
		exec $program, 'dashboard', $config or die "$program: $!";
	}
	$pty->close_slave;
	$pty->blocking(0);
	return ($pid, $pty);
}

sub read_until
{
	my ($pty, $pattern) = @_;
	my ($text, $until) = ('', time + $DEADLINE_S);

	while (time < $until && $text !~ $pattern)
	{
		sysread($pty, $text, 65536, length $text) or sleep 0.02;
	}
	return $text =~ $pattern;
}

sub cpu_ticks
{
	my ($pid) = @_;

	open my $file, '<', "/proc/$pid/stat" or return 'gone';
	return join ' ', (split / /, <$file>)[ 13, 14 ];
}

# The wait status of a child that ended; undef (and a dead child) when it does not.
sub ended
{
	my ($pid) = @_;
	my $until = time + $DEADLINE_S;

	while (time < $until)
	{
		return $? if waitpid($pid, WNOHANG) == $pid;
		sleep 0.02;
	}
	kill 'KILL', $pid;
	waitpid $pid, 0;
	return;
}

# No SIGHUP tells of it: it is nobody's controlling terminal.
{
	my ($pid, $pty) = dashboard();
	ok(read_until($pty, qr/node0/), 'a terminal that controls nothing');
	close $pty;
	is(ended($pid), 129 << 8, 'ends when it is gone, as after a SIGHUP');
}

# Somebody holds the terminal: what is written there is never read.
{
	my ($pid, $pty) = dashboard(controlling => 1);
	ok(read_until($pty, qr/node0/), 'a terminal that will be read no more');
	my ($stuck, $before) = (0, '');
	for (my $until = time + $DEADLINE_S; time < $until && $stuck < 10;)
	{
		syswrite $pty, "\x0c" x 8; # each of them writes the whole screen
		sleep 0.1;
		my $worked = cpu_ticks($pid);
		$stuck = $worked eq $before ? $stuck + 1 : 0;
		$before = $worked;
	}
	is($stuck, 10, 'it waits for the terminal');
	kill 'TERM', $pid;
	is(ended($pid), 143 << 8, 'a SIGTERM ends it all the same, in good order');
}

# libpq speaks the user's language; what is said of a server must not depend on it.
SKIP:
{
	chomp(my ($locale) = grep { /^de_DE\.utf-?8$/i } `locale -a 2>/dev/null`);
	skip 'no German locale', 2 if !defined $locale;
	local @ENV{qw(LC_ALL LANGUAGE)} = ($locale, 'de');
	my $json = `$program status --json $config 2>&1`;
	like($json, qr/"state": "refused"/, 'a server that is down is down in every language');
	like($json, qr/Connection refused"/, 'in the words that the manual has');
}

done_testing();
