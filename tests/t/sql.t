# The monitoring statements of every server version, on the server that is here: what its version
# lacks is put in the place of what another has. The columns are those that the decoder counts on.
use strict;
use warnings;

use TestServers;
use IPC::Run ();
use Test::More;

my $primary = PostgreSQL::Test::Cluster->new('primary');
$primary->init(allows_streaming => 1);
$primary->start;
$primary->safe_psql('postgres', "SELECT pg_create_physical_replication_slot('s1', true)");
$primary->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('s1');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->append_conf('postgresql.conf', "primary_slot_name = 's1'");
$standby->start;
$primary->poll_query_until('postgres', 'SELECT active FROM pg_replication_slots');
$standby->poll_query_until('postgres',
	"SELECT status = 'streaming' FROM pg_stat_wal_receiver");
$primary->safe_psql('postgres', 'CHECKPOINT'); # a record: at its very start a WAL file has the name before
my $here = int($primary->safe_psql('postgres', 'SHOW server_version_num') / 10000);
plan skip_all => "the names are replaced for 13 to 15, this is $here" if $here < 13 || $here > 18;

sub statements
{
	my ($major) = @_;
	IPC::Run::run([ tool('sql_print'), $major * 10000 ], '>', \my $text);
	return map { [ split /\t/, $_, 3 ] } split /\n/, $text;
}

# The header and the rows.
sub ask
{
	my ($server, $sql) = @_;
	my $rows = $server->safe_psql('postgres', $sql, extra_params => [ '-P', 'tuples_only=off',
			'-P', 'footer=off' ]);
	return map { [ split /\|/, $_, -1 ] } split /\n/, $rows;
}

# What is the same whenever it is asked.
sub lasting
{
	my ($name, @row) = @_;
	return @row[ 0, 5 .. 7, 9, 11, 12, 14, 15, 19, 24, 25 ] if $name eq 'pgw_node';
	return @row[ 0, 1, 4 .. 6, 14 ] if $name eq 'pgw_standbys';
	return @row[ 0 .. 3 ] if $name eq 'pgw_slots';
	return @row[ 0 .. 6, 9 .. $#row ];
}

my %first;
foreach my $major (12 .. 18)
{
	foreach my $statement (statements($major))
	{
		my ($name, $columns, $sql) = @$statement;

		$sql =~ s/\bw\.received_lsn\b/w.flushed_lsn/g; # 12 only
		foreach my $server ($primary, $standby)
		{
			my $what = "$major: $name on the " . ($server == $primary ? 'primary' : 'standby');
			my ($header, @rows) = ask($server, $sql);

			is(scalar @$header, $columns, "$what: columns");
			next if !@rows;
			my @lasting = lasting($name, @{ $rows[0] });
			my $key = $name . $server->name;
			$first{$key} //= \@lasting;
			is_deeply(\@lasting, $first{$key}, "$what: the same as of 12");
		}
	}
}

# One row of each, looked at: the places are those that the names say.
my %of = map { $_->[0] => $_->[2] } statements($here);
my (undef, $row) = ask($primary, $of{pgw_standbys});
is($row->[1], 's1', 'standbys: application_name');
is($row->[4], 'streaming', 'standbys: state');
is($row->[14], 's1', 'standbys: the slot of its walsender');
(undef, $row) = ask($primary, $of{pgw_slots});
is_deeply([ @$row[ 0 .. 2, 4 ] ], [ 's1', 't', 't', 'reserved' ], 'slots');
like($row->[$_], qr{^[0-9A-F]+/[0-9A-F]+$}, "slots: LSN $_") foreach 5, 6;
(undef, $row) = ask($standby, $of{pgw_node});
is($row->[0], 't', 'node: in recovery');
is($row->[1], '', 'node: no current LSN on a standby');
is($row->[5], '', 'node: no WAL file on a standby');
is($row->[7], 'not paused', 'node: replay is not paused');
is($row->[18], 'streaming', 'node: receiver streams');
is($row->[24], 's1', 'node: with this slot');
is($row->[25], 's1', 'node: under this name');

# A name with a space, of the connection itself and of cluster_name.
{
	local $standby->{_name} = "'node 2'"; # what start gives the server as its cluster_name
	$standby->stop;
	$standby->start;
}
foreach my $case ([ " application_name=''of it 2''", 'of it 2' ], [ '', 'node 2' ])
{
	my ($own, $name) = @$case;
	$standby->append_conf('postgresql.conf', "primary_conninfo = '" . $primary->connstr . "$own'");
	$standby->reload;
	ok( $primary->poll_query_until('postgres',
			"SELECT application_name = '$name' FROM pg_stat_replication WHERE state = 'streaming'"),
		"the standby connects as $name");
	$standby->poll_query_until('postgres', "SELECT status = 'streaming' FROM pg_stat_wal_receiver");
	(undef, $row) = ask($standby, $of{pgw_node});
	is($row->[25], $name, 'node: under that name');
}
$standby->safe_psql('postgres', 'SELECT pg_wal_replay_pause()');
foreach my $major (12, 14)
{
	my ($node) = grep { $_->[0] eq 'pgw_node' } statements($major);
	$node->[2] =~ s/\bw\.received_lsn\b/w.flushed_lsn/g;
	$standby->poll_query_until('postgres', "SELECT pg_get_wal_replay_pause_state() = 'paused'");
	(undef, $row) = ask($standby, $node->[2]);
	is($row->[7], 'paused', "$major: replay is paused");
}

# A procedure that commits as it goes: what waits is of its present transaction.
$primary->safe_psql('postgres', q{
CREATE TABLE t (i int);
CREATE PROCEDURE p() LANGUAGE plpgsql AS 'BEGIN INSERT INTO t VALUES (1); COMMIT; INSERT INTO t VALUES (2); END';
ALTER SYSTEM SET synchronous_standby_names = 'nobody'});
$primary->reload;
my $call = IPC::Run::start([ 'psql', '-Xqd', $primary->connstr('postgres'), '-c', 'CALL p()' ],
	'>', '/dev/null', '2>', '/dev/null');
my $waits = q{FROM pg_stat_activity WHERE wait_event = 'SyncRep'};
$primary->poll_query_until('postgres', "SELECT count(*) = 1 $waits");
$primary->safe_psql('postgres', "SELECT pg_cancel_backend(pid) $waits"); # of the first commit
$primary->poll_query_until('postgres', "SELECT count(*) = 1 AND bool_and(xact_start > query_start) $waits");
(undef, $row) = ask($primary, $of{pgw_node});
is($row->[12], 1, 'node: one commit waits');
is($primary->safe_psql('postgres', "SELECT '$row->[13]' = xact_start $waits"), 't', '... since its transaction began at most');
$primary->safe_psql('postgres', "SELECT pg_cancel_backend(pid) $waits");
$call->finish;
done_testing();
