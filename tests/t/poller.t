# The poller against faults of real servers, as tests/tools/poll_print prints what it observes.
use strict;
use warnings;

use TestServers;
use IO::Socket::INET;
use IPC::Run ();
use POSIX ();
use Patience;
use Test::More;
use Time::HiRes qw(time);
use Watching;

my $config_a = q{
listen_addresses = '127.0.0.1'
autovacuum = off
restart_after_crash = on
checkpoint_timeout = 1h
};
my $a = PostgreSQL::Test::Cluster->new('a');
$a->init(allows_streaming => 1);
$a->append_conf('postgresql.conf', $config_a);
$a->start;
my $b = PostgreSQL::Test::Cluster->new('b');
$b->init;
$b->start;
my $version = int($a->safe_psql('postgres', 'SHOW server_version_num') / 10000);

sub polls
{
	my ($nodes, $interval, $timeout, %environment) = @_;
	return follow(
		[ tool('poll_print'), described($nodes, interval => $interval, timeout => $timeout) ],
		%environment);
}

sub pid_of_poller
{
	my ($server) = @_;
	my $pid = '';

	wait_until(
		'one session of the poller',    # that of one before may still be there for a moment
		sub {
			$pid = $server->safe_psql('postgres',
				q{SELECT pid FROM pg_stat_activity WHERE application_name = 'pgwatch-tui'});
			note("sessions: $pid") if $pid !~ /^\d+$/;
			return $pid =~ /^\d+$/;
		}) or die 'no session';
	return $pid;
}

# All processes of a server.
sub processes
{
	my ($server) = @_;
	my $pid = $server->{_pid};
	return ($pid, split ' ', `pgrep -P $pid`);
}

# A sample line's own figures.
sub figure
{
	my ($line, $name) = @_;
	return ($line // '') =~ / $name=(\S+)/ ? $1 : undef;
}

# One statement of each kind a look, prepared once.
{
	$a->safe_psql('postgres', 'ALTER SYSTEM SET log_min_duration_statement = 0');
	$a->reload;
	my $at = -s $a->logfile;
	my $poll = polls([$a], '100ms', '2s');
	$poll->wait_for("look $_", qr/ a sample primary /) for 1 .. 11;
	my $pid = pid_of_poller($a);
	like($pid, qr/^\d+$/, 'one connection');
	$poll->stop;
	my $log = substr PostgreSQL::Test::Utils::slurp_file($a->logfile), $at;
	my @looks = $poll->lines_since(0, qr/ a sample /);
	my %executed = map { $_ => scalar(() = $log =~ /execute pgw_$_\b/g) }
	  qw(standbys slots settings node);
	my %parsed = map { $_ => scalar(() = $log =~ /parse pgw_$_\b/g) } keys %executed;
	is_deeply(\%parsed, { map { $_ => 1 } keys %executed }, 'each statement is prepared once');
	is(scalar(() = $log =~ /execute <unnamed>: SET /g), 5, 'the session is set up once');
	is($executed{settings}, 1, 'settings are read once');
	cmp_ok($executed{node}, '>=', @looks, 'the node is asked in each look');
	cmp_ok($executed{node}, '<=', @looks + 1, 'and once in each');
	is($executed{standbys}, $executed{node}, 'as are its standbys');
	cmp_ok($executed{slots}, '<=', $executed{node} / 5 + 1, 'slots now and then');
	my $other = () = $log =~ /LOG:  duration: .*(?:statement|execute (?!pgw_)\S+): (?!SELECT pid|SET )/g;
	is($other, 0, 'nothing else is asked');
	$a->safe_psql('postgres', 'ALTER SYSTEM RESET log_min_duration_statement');
	$a->reload;
}

# A change of the settings is seen with the reload.
{
	my $poll = polls([$a], '100ms', '2s');
	$poll->wait_for('settings: read at first', qr/ commit=on /);
	$poll->wait_for('settings: not in each look', qr/ commit= /);
	$a->safe_psql('postgres', 'ALTER SYSTEM SET synchronous_commit = remote_apply');
	$a->reload;
	$poll->wait_for('settings: read again after a reload', qr/ commit=remote_apply /, 10);
	$a->safe_psql('postgres', 'ALTER SYSTEM RESET synchronous_commit');
	$a->reload;
	$poll->stop;
}

# A server that dies is said when the socket closes, not at the next look.
{
	my $poll = polls([ $a, $b ], '10s', '3s');
	$poll->wait_for("killed: first look at $_", qr/ [ab] sample /) for 1, 2;
	my $killed_at = time;
	kill 'KILL',
	  $a->safe_psql('postgres', "SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'");
	$poll->wait_for('crash: said', qr/ a fault "crash recovery" 57P0[23] /, 3);
	$poll->wait_for('crash: back on its own', qr/ a sample /, 8);
	$a->kill9;
	$killed_at = time;
	$poll->wait_for('killed: said', qr/ a fault "closed" /, 5);
	cmp_ok($poll->{matched_at} - $killed_at, '<', patience(1.5), 'killed: at once, with an interval of 10 s');
	$poll->wait_for('killed: then nobody listens', qr/ a fault "refused" - /, 5);
	# a dead postmaster's lock file holds until somebody took its status
	wait_until('killed: started again', sub { undef $a->{_pid}; $a->start(fail_ok => 1) }, 20);
	$poll->wait_for('killed: back', qr/ a sample primary /, 12);
	# asked to go
	my $stopped_at = time;
	$a->stop('fast');
	$poll->wait_for('fast stop: said', qr/ a fault "shutting down" 57P01 terminating/, 5);
	$poll->wait_for('fast stop: then nobody listens', qr/ a fault "refused" /, 5);
	cmp_ok(time - $stopped_at, '<', patience(9), 'fast stop: not at the next look');
	$a->start;
	is(scalar($poll->lines_since(0, qr/ b fault/)), 0, 'the other is not touched');
	$poll->stop;
}

# A server that hangs: said after the timeout, the other goes on, the late answer ends it.
{
	my $poll = polls([ $a, $b ], '200ms', '1s');
	$poll->wait_for("frozen: first look at $_", qr/ [ab] sample /) for 1, 2;
	$poll->wait_for('frozen: connected', qr/ a sample /);
	my $pid = pid_of_poller($a);
	my @processes = processes($a);
	kill 'STOP', @processes;
	my $stopped_at = time;
	my $from = $poll->count;
	$poll->wait_for('frozen: said', qr/ a fault "not responding" - no answer for 1\.\d s/, 5);
	cmp_ok(time - $stopped_at, '<', patience(2), 'frozen: within timeout and interval');
	$poll->wait_for('frozen: and goes on being said', qr/ a fault "not responding" - no answer for 2/,
		5);
	cmp_ok(scalar($poll->lines_since($from, qr/ b sample /)), '>=', 6, 'frozen: the other goes on');
	kill 'CONT', @processes;
	my $line = $poll->wait_for('frozen: the late answer ends it', qr/ a sample /, 2);
	cmp_ok(figure($line, 'rtt_us'), '>', 1_500_000, 'frozen: it is the one that was late');
	is(pid_of_poller($a), $pid, 'frozen: on the same connection');
	my @bad = $poll->lines_since($from, qr/ a fault (?!"not responding")/);
	is_deeply(\@bad, [], 'frozen: nothing else was said');
	# frozen before anybody is connected
	$poll->stop;
	kill 'STOP', @processes = processes($a);
	$poll = polls([ $a, $b ], '200ms', '1s');
	$poll->wait_for('frozen before: said', qr/ a fault "timeout" - no connection in 1\.0 s/, 5);
	kill 'CONT', @processes;
	$poll->wait_for('frozen before: connects', qr/ a sample /, 5);
	$poll->stop;
}

# Not open for queries: which of the states it is.
{
	my $off = PostgreSQL::Test::Cluster->new('off');
	$a->backup('base');
	$off->init_from_backup($a, 'base', has_streaming => 1);
	$off->append_conf('postgresql.conf', 'hot_standby = off');
	PostgreSQL::Test::Utils::system_or_bail('pg_ctl', '-W', '-D', $off->data_dir, '-l',
		$off->logfile, 'start');
	my $poll = polls([$off], '200ms', '1s');
	my $said = $version < 14 ? 'starting up' : 'no hot standby'; # earlier ones say no more than that
	$poll->wait_for('hot_standby = off', qr/ off fault "$said" 57P03 /);
	$poll->stop;
	PostgreSQL::Test::Utils::system_or_bail('pg_ctl', '-m', 'immediate', '-D', $off->data_dir, 'stop');

	# no WAL to start from: it looks for it for ever
	my $starting = PostgreSQL::Test::Cluster->new('starting');
	$starting->init_from_backup($a, 'base');
	$starting->set_standby_mode;
	unlink glob $starting->data_dir . '/pg_wal/0*';
	PostgreSQL::Test::Utils::system_or_bail('pg_ctl', '-W', '-D', $starting->data_dir, '-l',
		$starting->logfile, 'start');
	$poll = polls([$starting], '10s', '1s');
	$poll->wait_for("starting up, $_", qr/ starting fault "starting up" 57P03 /, 5) for 1 .. 4;
	$poll->stop; # four within 5 s: it is asked again soon, though the interval is 10 s
	PostgreSQL::Test::Utils::system_or_bail('pg_ctl', '-m', 'immediate', '-D', $starting->data_dir,
		'stop');

	# some WAL, but not up to the end of the backup
	my ($start, $stop) = $version < 15
	  ? ("pg_start_backup('hot', true, false)", 'pg_stop_backup(false, false)')
	  : ("pg_backup_start('hot', true)", 'pg_backup_stop(false)');
	my $session = $a->background_psql('postgres');
	$session->query_safe("SELECT $start");
	my $hot = $a->backup_dir . '/hot';
	PostgreSQL::Test::Utils::system_or_bail('cp', '-R', $a->data_dir, $hot);
	$session->query_safe('SELECT pg_switch_wal()');
	my $label = $session->query_safe("SELECT labelfile FROM $stop");
	$session->quit;
	open my $file, '>', "$hot/backup_label" or die;
	print $file "$label\n";
	close $file;
	unlink "$hot/postmaster.pid", "$hot/postmaster.opts";
	my $inconsistent = PostgreSQL::Test::Cluster->new('inconsistent');
	$inconsistent->init_from_backup($a, 'hot');
	$inconsistent->set_standby_mode;
	PostgreSQL::Test::Utils::system_or_bail('pg_ctl', '-W', '-D', $inconsistent->data_dir, '-l',
		$inconsistent->logfile, 'start');
	$poll = polls([$inconsistent], '200ms', '1s');
	my $word = $version < 14 ? 'starting up' : 'not consistent';    # 12 and 13 do not tell them apart
	$poll->wait_for($word, qr/ inconsistent fault "$word" 57P03 /);
	$poll->stop;
	PostgreSQL::Test::Utils::system_or_bail('pg_ctl', '-m', 'immediate', '-D',
		$inconsistent->data_dir, 'stop');
}

# What a session sets is not in the transaction of its first look: that one may fail. Later a look
# that waits for a lock is ended by the timeouts of the session.
{
	my $slots = 'FUNCTION pg_catalog.pg_get_replication_slots()';
	$a->safe_psql('postgres', "CREATE ROLE plain LOGIN; REVOKE EXECUTE ON $slots FROM PUBLIC");
	my ($holder, $granter) = map { $a->background_psql('postgres') } 1, 2;
	my $poll = polls([ node_line($a, user => 'plain') ], '200ms', '1s');
	$poll->wait_for('first look fails', qr/ a fault "[^"]*" 42501 /);
	$holder->query_safe('BEGIN; LOCK pg_db_role_setting IN ACCESS EXCLUSIVE MODE');
	$granter->query_safe("GRANT EXECUTE ON $slots TO PUBLIC");
	$poll->wait_for('a look waits for a lock no longer than it may',
		qr/ a fault "[^"]*" (?:55P03|57014) canceling /);
	$_->quit for $holder, $granter;
	$poll->wait_for('then looks are whole', qr/ a sample primary /);
	$poll->stop;
}

# No connection left: whoever has one keeps it.
{
	my $small = PostgreSQL::Test::Cluster->new('small');
	$small->init;
	$small->append_conf('postgresql.conf', "max_connections = 5\nsuperuser_reserved_connections = 3");
	$small->start;
	$small->safe_psql('postgres', 'CREATE ROLE plain LOGIN');
	my $line = node_line($small, user => 'plain');
	my $poll = polls([$line], '200ms', '1s');
	$poll->wait_for('slots: one of two taken', qr/ small sample /);
	my $other = $small->background_psql('postgres', extra_params => [ '-U', 'plain' ]);
	my $late = polls([$line], '200ms', '1s');
	$late->wait_for('slots: none left', qr/ small fault "too many conns" 53300 /);
	$poll->mark;
	$poll->wait_for('slots: the first keeps its own', qr/ small sample /);
	is(scalar($poll->lines_since(0, qr/ fault /)), 0, 'slots: and never lost it');
	$other->quit;
	$late->wait_for('slots: one is free again', qr/ small sample /, 5);
	$_->stop for $late, $poll;
	$small->stop;
}

# Addresses that do not answer.
{
	my $deaf = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1') or die;
	my $deaf_line = '{name: deaf, host: 127.0.0.1, port: ' . $deaf->sockport . '}';
	my $void_line = '{name: void, host: 192.0.2.1, port: 5432}';
	my $nobody = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1') or die;
	my $refused_line = '{name: refused, host: 127.0.0.1, port: ' . $nobody->sockport . '}';
	close $nobody;
	my $unnamed_line = '{name: unnamed, host: no-such-host.invalid, port: 5432}';
	my $poll = polls([ $deaf_line, $void_line, $refused_line, $unnamed_line, $b ], '200ms', '1s');
	my $from = time;
	my %said = map { $_ => 0 } qw(deaf void refused unnamed);
	wait_until(
		'all four are said',
		sub {
			$poll->pump;
			foreach my $line (@{ $poll->{lines} })
			{
				$said{$1} = $2 if $line =~ / (\w+) fault "([^"]*)"/ && !$said{$1};
			}
			return !grep { !$_ } values %said;
		},
		10);
	cmp_ok(time - $from, '<', patience(3), 'within the timeout');
	is($said{deaf}, 'timeout', 'one that listens and never answers');
	like($said{void}, qr/^(?:timeout|unreachable|refused)$/, 'one that is not there, as the network tells');
	is($said{refused}, 'refused', 'nobody listens');
	is($said{unnamed}, 'unknown host', 'a name that does not exist');
	my $before = $poll->count;
	$poll->wait_for("the one that works goes on, $_", qr/ b sample /, 1) for 1 .. 5;
	$poll->stop;
}

# A name server that is silent, in a network of its own where nothing else is.
SKIP:
{
	my $sees = "$ENV{PGWATCH_BUILD}/tests/tools/poll_print";
	my @own = ('unshare', '-Urmn');
	skip 'no namespaces here', 3
	  if system("@own true 2>/dev/null && @own ip link set lo up 2>/dev/null") != 0;
	my $resolv = test_folder() . '/resolv.conf';
	open my $file, '>', $resolv or die;
	print $file "nameserver 127.0.0.1\noptions timeout:30 attempts:2\n";
	close $file;
	my $config =
	  described([ '{name: dead, host: db.example.com, port: 5432}', $b ], interval => '200ms', timeout => '1s');
	my $poll = follow(
		[
			@own, 'sh', '-c',
			'ip link set lo up && mount --bind "$1" /etc/resolv.conf && '
			  . 'perl -MIO::Socket::INET -e \'$s = IO::Socket::INET->new(Proto => "udp",'
			  . ' LocalAddr => "127.0.0.1", LocalPort => 53) or die; sleep 60\' & '
			  . 'helper=$!; "$2" "$3" & poll=$!; trap \'kill $poll $helper\' TERM; wait',
			'sh', $resolv, $sees, $config
		]);
	my $from = time;
	$poll->wait_for('silent name server: said',
		qr/ dead fault "unknown host" - no answer about the name "db.example.com" in 1.0 s/, 10);
	cmp_ok(time - $from, '<', patience(4), 'silent name server: after the timeout, not the resolver\'s');
	$poll->wait_for("silent name server: the other goes on, $_", qr/ b sample /, 2) for 1 .. 5;
	$poll->stop;
}

# A long way: one round trip a look; and a way that is lost.
{
	my $listener = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1', ReuseAddr => 1) or die;
	my $proxy = proxy($listener, $a->port, 0.25);
	my $poll = polls([ '{name: far, host: 127.0.0.1, port: ' . $listener->sockport . '}', $b ],
		'500ms', '4s');
	$poll->wait_for('long way: first look', qr/ far sample /);
	my $line = $poll->wait_for('long way: another', qr/ far sample /);
	cmp_ok(figure($line, 'rtt_us'), '>=', 500_000, 'long way: there and back');
	cmp_ok(figure($line, 'rtt_us'), '<', 950_000, 'long way: once');
	kill 'STOP', $proxy;
	$poll->wait_for('lost way: said', qr/ far fault "not responding"/, 8);
	$poll->wait_for("lost way: the other goes on, $_", qr/ b sample /, 2) for 1 .. 3;
	kill 'CONT', $proxy;
	$poll->wait_for('lost way: found again', qr/ far sample /, 5);
	kill 'KILL', $proxy;
	waitpid $proxy, 0;
	$poll->wait_for('way closed: said', qr/ far fault "closed"/, 2);
	$poll->stop;
}

# A session that is terminated: said, and a new one at once.
{
	my $poll = polls([$a], '10s', '2s');
	$poll->wait_for('terminated: first look', qr/ a sample /);
	$a->safe_psql('postgres', 'SELECT pg_terminate_backend(' . pid_of_poller($a) . ')');
	$poll->wait_for('terminated: said', qr/ a fault "[^"]+" 57P01 /, 3);
	$poll->wait_for('terminated: connected again', qr/ a sample /, 3);
	$poll->stop;
}

# A standby cancels what conflicts with its replay: that is asked again, and nobody hears of it.
SKIP: {
	skip 'on 12 allow_system_table_mods takes a restart', 4 if $version < 13;
	my $standby = PostgreSQL::Test::Cluster->new('standby');
	$standby->init_from_backup($a, 'base', has_streaming => 1);
	$standby->append_conf('postgresql.conf',
		"max_standby_streaming_delay = 0\nwal_receiver_status_interval = 1s");
	$standby->start;
	# A look that takes a second, for replay to run into.
	$a->safe_psql(
		'postgres', q{
SET allow_system_table_mods = on;
ALTER FUNCTION pg_catalog.pg_conf_load_time() RENAME TO pg_conf_load_time_itself;
CREATE FUNCTION pg_catalog.pg_conf_load_time() RETURNS timestamptz LANGUAGE plpgsql STABLE AS
'BEGIN IF pg_is_in_recovery() THEN PERFORM pg_sleep(1); END IF; RETURN pg_conf_load_time_itself(); END';
CREATE TABLE churn AS SELECT generate_series(1, 1000) AS i});
	$a->wait_for_catchup($standby, 'replay');
	my $poll = polls([$standby], '200ms', '3s');
	$poll->wait_for('conflict: first look', qr/ standby sample standby /);
	wait_until(
		'a conflict happened',
		sub {
			$standby->poll_query_until('postgres',
				"SELECT count(*) = 1 FROM pg_stat_activity WHERE application_name = 'pgwatch-tui' AND state = 'active'"
			);
			$a->safe_psql('postgres', 'DELETE FROM churn WHERE i % 2 = 0');
			$a->safe_psql('postgres', 'VACUUM churn');
			$a->safe_psql('postgres', 'INSERT INTO churn SELECT generate_series(1, 1000)');
			$a->wait_for_catchup($standby, 'replay');
			return $standby->log_contains('pgwatch-tui ERROR:  canceling statement due to conflict');
		},
		30);
	$poll->mark;
	$poll->wait_for('conflict: the next look', qr/ standby sample standby /);
	is(join("\n", $poll->lines_since(0, qr/ fault /)), '', 'conflict: nothing is said of it');
	$poll->stop;
	$standby->stop;
}

done_testing();
