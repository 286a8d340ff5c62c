# A replica that cannot go on from the data it has copies the primary anew, by itself.
use strict;
use warnings;

use ComposeLab;
use Test::More;

my $lab = ComposeLab->new;
my $copied = qr/copying primary: primary has removed the WAL that is needed next/;

# What the primary writes now is no longer there when somebody comes back for it. Each commit waits
# for the one that is connected, who must not fall behind as well.
sub remove_wal
{
	my $old = $lab->sql('primary', "SELECT pg_walfile_name(pg_current_wal_lsn())");
	for (1 .. 4)
	{
		$lab->sql('primary', $_) for "INSERT INTO row_of_check VALUES ('wal')", 'SELECT pg_switch_wal()';
	}
	$lab->sql('primary', "INSERT INTO row_of_check VALUES ('wal')");
	wait_until(30, sub {
		$lab->sql('primary', 'CHECKPOINT');
		$lab->sql('primary', "SELECT min(name) > '$old' FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}'")
		  eq 't';
	}) or fail('the WAL is removed');
}

sub times_copied
{
	my ($node) = @_;
	return scalar(() = $lab->logs($node) =~ /$node: copying primary/g);
}

subtest 'up' => sub {
	$lab->ok_compose('up --build', 'up', '--build', '-d', '--wait');
	$lab->ok_row('primary', 'before');
	$lab->sql('primary', $_) for ("ALTER SYSTEM SET wal_keep_size = 0", 'SELECT pg_reload_conf()');
	is(times_copied($_), 1, "$_ has copied once") for qw(replica1 replica2);
};

subtest 'the WAL goes while a replica is stopped' => sub {
	$lab->ok_compose('stop', 'stop', 'replica2');
	remove_wal();
	$lab->ok_compose('start', 'start', 'replica2');
	$lab->ok_whole('primary', 'the stopped replica streams again');
	like($lab->logs('replica2'), $copied, 'it says why it has copied');
	$lab->ok_row('primary', 'stopped');
};

# As the network does it when a switch is down for an hour: the server is up and tries to go on.
subtest 'the WAL goes while a replica runs' => sub {
	$lab->ok_compose('pause', 'pause', 'replica1');
	ok(wait_until(30, sub {
		$lab->sql('primary', 'SELECT count(*) FROM pg_stat_replication') eq '1';
	}), 'the primary has given it up');
	remove_wal();
	$lab->ok_compose('unpause', 'unpause', 'replica1');
	$lab->ok_whole('primary', 'the running replica streams again');
	like($lab->logs('replica1'), qr/has already been removed.*$copied/s, 'it says why it has copied');
	is($lab->docker('inspect', '-f', '{{.RestartCount}}', $lab->container('replica1')), 0,
		'the container was not restarted');
	$lab->ok_row('primary', 'running');
};

subtest 'the volume of a replica goes' => sub {
	my $node = 'replica1';
	$lab->ok_compose('rm', 'rm', '--stop', '--force', $node);
	ok(defined $lab->docker('volume', 'rm', "$lab->{project}_$node"), 'its volume is removed');
	$lab->ok_compose('up', 'up', '-d', '--wait', $node);
	$lab->ok_whole('primary', 'it streams again');
	like($lab->logs($node), qr/copying primary: it has no data/, 'it says why it has copied');
	$lab->ok_row('primary', 'volume');
};

subtest 'killed while it copies' => sub {
	$lab->sql('primary', "CREATE TABLE big AS SELECT repeat('x', 1000) FROM generate_series(1, 150000)");
	$lab->ok_compose('rm', 'rm', '--stop', '--force', 'replica2');
	$lab->docker('volume', 'rm', "$lab->{project}_replica2");
	$lab->ok_compose('up', 'up', '-d', 'replica2');
	my $copy = wait_until(30, sub {
		$lab->docker('exec', $lab->container('replica2'), 'sh', '-c', 'ls -d $PGDATA.new.*/base');
	});
	$lab->ok_compose('kill', 'kill', 'replica2');
	like($copy // '', qr/new/, 'it was killed in the middle of it');
	$lab->ok_compose('start', 'start', 'replica2');
	$lab->ok_whole('primary', 'it streams');
	is($lab->docker('exec', $lab->container('replica2'), 'sh', '-c',
		'ls /var/lib/postgresql | grep pgdata'), 'pgdata', 'nothing of the first copy is left');
	$lab->ok_row('primary', 'killed');
};

subtest 'the volume of the primary goes, a replica was promoted' => sub {
	$lab->ok_compose('rm', 'rm', '--stop', '--force', 'primary');
	is($lab->sql('replica1', 'SELECT pg_promote()'), 't', 'replica1 is promoted');
	$lab->docker('volume', 'rm', "$lab->{project}_primary");
	$lab->ok_compose('up', 'up', '-d', '--wait', 'primary');
	$lab->ok_whole('replica1', 'it made no cluster of its own');
	$lab->ok_row('replica1', 'primary');
};

done_testing();
