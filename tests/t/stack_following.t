# The start script as a container runs it: it stays beside its server and starts over when following
# gets impossible. Who stops it then has it stopped.
use strict;
use warnings;

use LocalStack;
use POSIX ();
use Test::More;

my $bindir = (sort { ($b =~ /(\d+)/)[0] <=> ($a =~ /(\d+)/)[0] } glob '/usr/lib/postgresql/*/bin')[0]
  // `pg_config --bindir`;
chomp $bindir;

my $stack = LocalStack->new(password => 'pgwatch');
$stack->{env}{REPLICATOR_PASSWORD} = 'replicator';
my $folder = "$stack->{data}/replica1";
my $output = "$stack->{folder}/output";

sub wait_until { return LocalStack::wait_until(@_) }

# Returns the script's pid.
sub start_script
{
	my $peers = join ' ', map { "$_=127.0.0.1:$stack->{ports}{$_}" } qw(primary replica2);
	my @as = $> == 0 ? ('setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups') : ();
	my $pid = fork() // die "fork: $!\n";
	return $pid if $pid;
	$SIG{$_} = 'DEFAULT' for qw(INT TERM HUP); # a shell cannot trap what it was told to ignore
	open STDIN, '<', '/dev/null';
	open STDOUT, '>', $output;
	open STDERR, '>&', \*STDOUT;
	%ENV = (PATH => $ENV{PATH}, %{ $stack->{env} }, NODE_NAME => 'replica1', PGDATA => "$folder/data",
		PEERS => $peers, PGPORT => $stack->{ports}{replica1}, LISTEN_ADDRESSES => '127.0.0.1',
		SOCKET_DIR => "$folder/run", CONFIG_DIR => "$folder/files", PGWATCH_PASSWORD => 'pgwatch',
		PG_BINDIR => $bindir, START_TIMEOUT => 20, KEEP_FOLLOWING => 1);
	exec @as, "$folder/files/init-replica.sh" or POSIX::_exit(127);
}

# The server's pid, once it is another than that and streams.
sub streaming
{
	my ($before) = @_;
	my $pid;
	wait_until(30, sub {
		$pid = $stack->postmaster('replica1') // '';
		$pid ne $before && ($stack->sql('replica1', 'SELECT status FROM pg_stat_wal_receiver') // '')
		  eq 'streaming';
	}) or diag LocalStack::slurp($output);
	return $pid;
}

is(($stack->stack('up'))[0], 0, 'up');
is(($stack->stack('stop', 'replica1'))[0], 0, 'stop replica1');
my $script = start_script();
my $server = streaming('');
ok($server, 'the script starts its server');

# As the watch does when it finds that following is impossible.
kill 'USR1', $script;
my $second = streaming($server);
isnt($second, $server, 'on its watch\'s word it starts another one');

# The server is held, so that it cannot end before both have come.
kill 'STOP', $second;
kill 'USR1', $script;
kill 'INT', $script;
kill 'CONT', $second;
ok(wait_until(30, sub { waitpid($script, POSIX::WNOHANG()) == $script }),
	'stopped while it starts over, it ends') or diag LocalStack::slurp($output);
is($stack->state_of('replica1'), 'stopped', '... and so does its server');

done_testing();
