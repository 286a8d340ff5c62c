# many_senders: more walsenders than are looked at: whom commits wait for is among those that are.
use strict;
use warnings;

use TestServers;
use IPC::Run ();
use Test::More;
use Watching;

use constant SENDERS => 70; # 64 are looked at

my $primary = PostgreSQL::Test::Cluster->new('primary');
$primary->init(allows_streaming => 1);
$primary->append_conf(
	'postgresql.conf', q{
max_wal_senders = 90
max_connections = 120
synchronous_standby_names = 'last'
synchronous_commit = local
listen_addresses = '127.0.0.1'
});
$primary->start;

# The one that counts has the highest pid.
my @receivers;
foreach my $name ((map { "r$_" } 2 .. SENDERS), 'last')
{
	my $folder = test_folder() . "/$name";
	mkdir $folder or die "$folder: $!\n";
	push @receivers,
	  IPC::Run::start(
		[ 'pg_receivewal', '-D', $folder, '--synchronous', '-d',
			$primary->connstr('postgres') . " application_name=$name" ],
		'>', '/dev/null', '2>', '/dev/null');
}
$primary->poll_query_until('postgres',
	'SELECT count(*) = ' . SENDERS . q{ FROM pg_stat_replication WHERE state = 'streaming'});

my $look = look(described([$primary]));
is($look->{data}{sync}{confirmed}, 1, 'the synchronous one is seen');
unlike(findings_of($look), qr/too_few_sync/, 'and not missed');
is(scalar @{ $look->{data}{nodes} }, 1 + 64, 'with as many of the others as there is room for');

$_->kill_kill foreach @receivers;
done_testing();
