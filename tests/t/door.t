# A postmaster that hangs: open sessions go on, new ones get no answer. It is said, and nothing else
# is; and that it is tried costs no line in the server's log.
use strict;
use warnings;

use TestServers;
use JSON::PP ();
use Patience;
use Test::More;
use Watching;

my $server = PostgreSQL::Test::Cluster->new('a');
$server->init(allows_streaming => 1);
$server->append_conf('postgresql.conf', "listen_addresses = '127.0.0.1'\nautovacuum = off\n"
	. "checkpoint_timeout = 1h\nlog_statement = none\nlog_connections = off\nlog_disconnections = off\n"
	. "log_replication_commands = off");
$server->start;

my $postmaster = $server->{_pid};
my $watch = follow_by_file([ program(), 'status', '--watch', '--json',
	described([$server], interval => '500ms', timeout => '1s') ]);

END { kill 'CONT', $postmaster if $postmaster }

sub rules
{
	my ($data) = @_;
	return join ' ', grep { $_ ne 'sync_off' } map { $_->{rule} } @{ $data->{findings} // [] };
}

# The last object that came.
sub newest
{
	$watch->pump;
	return @{ $watch->{lines} } ? JSON::PP::decode_json($watch->{lines}[-1]) : {};
}

my $before;
wait_until('it is looked at', sub { ($before = newest())->{nodes} });
my $log = -s $server->logfile;
is(rules($before), '', 'nothing to say');

kill 'STOP', $postmaster;
my $shut;
wait_until('it is said', sub { rules($shut = newest()) =~ /no_new_connections/ }, 30);
is(rules($shut), 'no_new_connections', 'that alone is said');
is($shut->{nodes}[0]{state}, $before->{nodes}[0]{state}, 'its state is as before');
is(-s $server->logfile, $log, 'nothing in its log');

kill 'CONT', $postmaster;
my $open;
wait_until('it opens again', sub { rules($open = newest()) eq '' }, 30);
is(rules($open), '', 'nothing to say any more');

# Twice more it is knocked: without a word in the log.
my $lines = @{ $watch->{lines} };
wait_until('ten seconds on', sub { newest(); @{ $watch->{lines} } >= $lines + 20 }, 60);
is(-s $server->logfile, $log, 'knocking writes nothing into the log');
$watch->stop;
kill 'CONT', $postmaster;
undef $postmaster;
$server->stop;
done_testing();
