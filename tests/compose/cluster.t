# `docker compose up` makes a synchronous cluster, and its data and replication survive all that
# Compose does to it.
use strict;
use warnings;

use ComposeLab;
use StackLab;
use Test::More;

my $lab = ComposeLab->new;
my @nodes = @ComposeLab::nodes;
my $rows = 0;

sub ok_row
{
	$lab->ok_row(@_) && $rows++;
}

subtest '.env.example says what holds without it' => sub {
	local $lab->{env} = {};
	is($lab->compose('config'), 0, 'config without it');
	my $config = $lab->{output};
	local $lab->{env_file} = '.env.example';
	is($lab->compose('config'), 0, 'config with it');
	is($lab->{output}, $config, 'the same');
	unlike($config, qr/0\.0\.0\.0|host_ip: (?!127\.0\.0\.1$)/m, 'ports on 127.0.0.1');
};

subtest 'from nothing' => sub {
	is_deeply([ $lab->left ], [], 'there is nothing before');
	$lab->ok_compose('up --build', 'up', '--build', '-d', '--wait');
	is($lab->health_of($_), 'healthy', "$_ is healthy") for @nodes;
	$lab->ok_whole('primary', 'two standbys stream');
	is($lab->sql('primary', 'SELECT application_name, sync_state FROM pg_stat_replication ORDER BY 1'),
		"replica1|sync\nreplica2|potential", 'pg_stat_replication has two rows');
	is($lab->sql($_, 'SELECT count(*) FROM pg_stat_wal_receiver'), '1', "pg_stat_wal_receiver on $_")
	  for qw(replica1 replica2);
	ok_row('primary', 'first row');
};

# What `pgwatch-tui status` says as soon as `up` has returned.
subtest 'status' => sub {
	-x $StackLab::program or plan skip_all => 'the program is not built';
	my $config = "$ComposeLab::checkout/config/compose.yaml";
	StackLab::ok_healthy($lab, {}, $config, 'healthy');
	my (undef, $output) = StackLab::run($lab, {}, 'status', $config);
	is(() = $output =~ /streaming/g, 2, 'it sees both streaming') or diag $output;
};

subtest 'reached from this machine only' => sub {
	for my $node (@nodes)
	{
		my $published = $lab->docker('port', $lab->container($node));
		is($published, "5432/tcp -> 127.0.0.1:$lab->{port}{$node}", "$node: published");
		my $listening = $lab->docker('version') && qx(ss -Hltn "sport = :$lab->{port}{$node}");
		my @addresses = map { (split)[3] } split /\n/, $listening;
		is_deeply(\@addresses, ["127.0.0.1:$lab->{port}{$node}"], "$node: listening");
	}
};

subtest 'volumes' => sub {
	$lab->ok_volumes;
};

subtest 'processes' => sub {
	my $top = $lab->docker('exec', $lab->container('primary'), 'sh', '-c',
		'for p in /proc/[0-9]*; do echo $(stat -c %U $p) $(tr "\0" " " <$p/cmdline); done');
	unlike($top, qr/^root postgres/m, 'no server runs as root');
	like($top, qr/^postgres postgres -D/m, 'one runs as postgres');
	unlike($top, qr/secret/, 'no password in an argument list');
	unlike($lab->docker('exec', $lab->container('primary'), 'sh', '-c',
		'cat /proc/$(pgrep -o -x postgres || head -1 $PGDATA/postmaster.pid)/environ | tr "\0" "\n"'),
		qr/PASSWORD/, 'no password in the environment of the server');
};

for ([ 'restart', [ 'restart' ] ], [ 'stop and start', [ 'stop' ], [ 'start' ] ],
	[ 'restart of a replica', [ 'restart', 'replica1' ] ],
	[ 'restart of the primary', [ 'restart', 'primary' ] ],
	[ 'down and up', [ 'down' ], [ 'up', '-d', '--wait' ] ],
	[ 'kill and start', [ 'kill' ], [ 'up', '-d', '--wait' ] ])
{
	my ($what, @commands) = @$_;
	subtest $what => sub {
		$lab->ok_compose("@$_", @$_) for @commands;
		$lab->ok_whole('primary', "$what: whole");
		ok_row('primary', $what);
		is($lab->rows($_), $rows, "$_ has all rows") for @nodes;
	};
}

subtest 'a stop is a clean one' => sub {
	$lab->ok_compose('stop', 'stop');
	for my $node (@nodes)
	{
		is($lab->docker('inspect', '-f', '{{.State.ExitCode}}', $lab->container($node)), 0,
			"$node: exit status");
		like((split /\n/, $lab->logs($node))[-1], qr/database system is shut down/, "$node: last word");
	}
	$lab->ok_compose('up', 'up', '-d', '--wait');
};

subtest 'a replica goes and comes without the primary' => sub {
	$lab->ok_compose('kill a replica', 'kill', 'replica1');
	is($lab->sql('primary', 'INSERT INTO row_of_check VALUES (1)') // $lab->{error}, '', 'commits go on');
	$rows++;
	$lab->ok_compose('kill the primary', 'kill', 'primary');
	$lab->ok_compose('up -d --wait replica1', 'up', '-d', '--wait', 'replica1');
	is($lab->sql('replica1', 'SELECT pg_is_in_recovery()'), 't', 'replica1 is a standby');
	is($lab->state_of('primary'), 'exited', 'the primary was not started');
	$lab->ok_compose('up', 'up', '-d', '--wait');
	$lab->ok_whole('primary', 'whole again');
	is($lab->rows($_), $rows, "$_ has all rows") for @nodes;
};

subtest 'a standby that receives nothing of a primary that is there is not healthy' => sub {
	$lab->sql('primary', 'ALTER ROLE replicator NOREPLICATION');
	$lab->sql('primary', 'SELECT pg_terminate_backend(pid) FROM pg_stat_replication');
	ok(wait_until(60, sub { $lab->health_of('replica2') eq 'unhealthy' }), 'unhealthy');
	my $health = $lab->docker('inspect', '-f', '{{json .State.Health.Log}}', $lab->container('replica2'));
	like($health, qr/receives no WAL, and primary is the primary/, '... and says why');
	$lab->sql('primary', 'SET synchronous_commit = local; ALTER ROLE replicator REPLICATION');
	ok(wait_until(60, sub { $lab->health_of('replica2') eq 'healthy' }), 'healthy again');
	$lab->ok_whole('primary', 'whole again');
};

subtest 'nothing is left' => sub {
	$lab->ok_compose('down', 'down');
	is(scalar(grep { /^\Q$lab->{project}\E_/ } $lab->left), 3, 'down keeps the data');
	$lab->ok_compose('down --volumes', 'down', '--volumes');
	is_deeply([ $lab->left ], [], 'down --volumes removes them');
};

done_testing();
