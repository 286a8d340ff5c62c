# status --openmetrics on real servers: every figure is that of `status --json` of the same look,
# Prometheus' own tools read it, and nobody ever reads half of a file.
use strict;
use warnings;

use TestServers;
use IPC::Run ();
use JSON::PP ();
use Prometheus;
use Test::More;
use Time::HiRes ();
use Watching;

my $primary = PostgreSQL::Test::Cluster->new('primary');
$primary->init(allows_streaming => 1);
$primary->append_conf(
	'postgresql.conf', q{
synchronous_standby_names = 'FIRST 1 (s1, s2)'
synchronous_commit = on
wal_receiver_status_interval = 1s
wal_retrieve_retry_interval = 100ms
listen_addresses = '127.0.0.1'
});
$primary->start;
$primary->backup('base');
$primary->safe_psql('postgres', "SELECT pg_create_physical_replication_slot('kept', true)");

sub standby
{
	my ($name) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);
	$node->init_from_backup($primary, 'base', has_streaming => 1);
	$node->start;
	return $node;
}

my ($s1, $s2) = (standby('s1'), standby('s2'));
$primary->poll_query_until('postgres',
	"SELECT count(*) = 2 FROM pg_stat_replication WHERE state = 'streaming'");
my @of_description = (interval => '200ms', timeout => '2s', limits => 'blocked_commit: 500ms');
my $probed = described([ $primary, $s1, $s2 ], lab => 1, @of_description, probe => 'interval: 100ms');
my $config = described([ $primary, $s1, $s2 ], @of_description);

# ---- the figures

sub escaped
{
	return $_[0] =~ s/([\\"])/\\$1/gr;
}

sub series
{
	my ($name, @labels) = @_;
	my $text = qq(pgwatch_tui_$name\{cluster="test");
	while (my ($label, $value) = splice @labels, 0, 2)
	{
		$text .= qq(,$label=") . escaped($value) . '"';
	}
	return "$text}";
}

sub lsn
{
	my ($high, $low) = split /\//, $_[0];
	return (hex($high) << 32) + hex $low;
}

sub seconds
{
	return $_[0] / 1000;
}

# JSON key => name, how it is written
my %of_node = (
	timeline => ['node_timeline'],
	current_lsn => [ 'node_current_lsn_bytes', \&lsn ],
	receive_lsn => [ 'node_receive_lsn_bytes', \&lsn ],
	replay_lsn => [ 'node_replay_lsn_bytes', \&lsn ],
	rtt_ms => [ 'node_rtt_seconds', \&seconds ],
	age_ms => [ 'node_age_seconds', \&seconds ]);
my %of_replication = (
	sync_priority => ['replication_sync_priority'],
	behind_bytes => ['replication_behind_bytes'],
	map({ ("${_}_lsn" => [ "replication_${_}_lsn_bytes", \&lsn ]) } qw(sent write flush replay)),
	map({ ("${_}_lag_ms" => [ "replication_${_}_lag_seconds", \&seconds ]) } qw(write flush replay)));
my %of_sync = (
	needed => ['sync_needed_standbys'],
	confirmed => ['sync_confirmed_standbys'],
	can_lose => ['sync_can_lose_standbys'],
	waiting_commits => ['sync_waiting_commits'],
	longest_wait_ms => [ 'sync_longest_wait_seconds', \&seconds ]);
my %of_level = (
	last => [ 'commit_latency_last_seconds', \&seconds ],
	max => [ 'commit_latency_max_seconds', \&seconds ],
	samples => ['commit_latency_samples'],
	blocked_for => [ 'commit_blocked_seconds', \&seconds ]);
my %quantile = (p50 => '0.5', p95 => '0.95', p99 => '0.99');
my %of_probe = (
	rows => ['probe_rows_per_second'],
	queries => ['probe_queries_per_second'],
	wal_bytes => ['probe_wal_bytes_per_second']);

# Adds what the object has of these keys: null is no sample.
sub expect
{
	my ($expected, $object, $of, @labels) = @_;
	foreach my $key (keys %$of)
	{
		my ($name, $written) = @{ $of->{$key} };
		next if !defined $object->{$key};
		$expected->{ series($name, @labels) } = $written ? $written->($object->{$key}) : $object->{$key};
	}
	return;
}

# A state set: all words, 1 for the one that holds.
sub expect_word
{
	my ($expected, $name, $label, $word, $words, @labels) = @_;
	return if !defined $word;
	$expected->{ series($name, @labels, $label, $_) } = $_ eq $word ? 1 : 0 foreach @$words;
	return;
}

sub expect_node
{
	my ($expected, $node, $seen) = @_;
	my $duplicate = ++$seen->{ $node->{name} };
	my @labels = (node => $node->{name}, $duplicate > 1 ? (duplicate => $duplicate) : ());
	my $replication = $node->{replication};

	$expected->{
		series(
			'node_info', @labels,
			listed => $node->{listed} ? 'true' : 'false',
			map { ($_ => $node->{$_} // '') } qw(upstream system_identifier server_version))
	} = 1;
	$expected->{ series('node_up', @labels) } = $node->{reachable} ? 1 : 0
	  if $node->{listed} && $node->{state} ne 'connecting';
	expect_word($expected, 'node_role', 'role', $node->{role}, [qw(primary standby unknown)], @labels);
	$expected->{ series('node_state', @labels, state => $node->{state}) } = 1 if defined $node->{state};
	expect($expected, $node, \%of_node, @labels);
	return if !defined $replication;
	expect_word($expected, 'replication_state', 'state', $replication->{state},
		[qw(startup catchup streaming backup stopping)], @labels);
	expect_word($expected, 'replication_sync_state', 'sync_state', $replication->{sync_state},
		[qw(async potential sync quorum)], @labels);
	expect($expected, $replication, \%of_replication, @labels);
	return;
}

sub expect_level
{
	my ($expected, $level, $figures) = @_;
	my @labels = (level => $level);

	expect($expected, $figures, \%of_level, @labels);
	expect($expected, $figures,
		{ $_ => [ 'commit_latency_seconds', \&seconds ] }, @labels, quantile => $quantile{$_})
	  foreach keys %quantile;
	expect_word($expected, 'commit_probe_state', 'state', $figures->{state},
		[qw(off starting works waiting)], @labels);
	$expected->{ series('commits_total', @labels, outcome => $_) } = $figures->{outcomes}{$_}
	  foreach qw(acknowledged local unknown failed);
	# The program has run for less than the 5 minutes of the window.
	$expected->{ series('commit_latency_seconds_count', @labels) } = $figures->{samples};
	return;
}

sub expected_of
{
	my ($json) = @_;
	my (%expected, %seen);

	expect_word(\%expected, 'health', 'level', $json->{health}, [qw(ok warning critical unknown)]);
	$expected{ series('findings', level => $_->{level}, rule => $_->{rule}, node => $_->{node} // '') }++
	  foreach @{ $json->{findings} };
	$expected{ series('sync_rule_info', map { ($_ => $json->{sync}{$_}) } qw(method rule)) } = 1
	  if defined $json->{sync}{rule};
	expect(\%expected, $json->{sync}, \%of_sync);
	expect(\%expected, $json->{probe_per_second}, \%of_probe);
	expect_level(\%expected, $_, $json->{commit_latency_ms}{$_}) foreach keys %{ $json->{commit_latency_ms} };
	expect_node(\%expected, $_, \%seen) foreach @{ $json->{nodes} };
	return \%expected;
}

# These the JSON object does not have.
my $not_in_json = qr/^pgwatch_tui_(?:build_info|look_timestamp_seconds|poll_interval_seconds|
	findings_omitted|commit_latency_seconds_sum|node_(?:start_time_seconds|sessions|receiver_running|
	receiver_message_age_seconds|wal_bytes_per_second)|slot_\w+|replication_(?:replay_)?stale_seconds)\{/x;

sub differences
{
	my ($json, $text) = @_;
	my ($expected, $samples) = (expected_of($json), samples_of($text));
	my @differences;

	foreach my $series (sort keys %$expected)
	{
		my $is = $samples->{$series};
		my $wanted = $expected->{$series};
		push @differences, "$series is " . ($is // 'not there') . ", not $wanted"
		  if !defined $is || abs($is - $wanted) > 1e-8 * abs($wanted) + 1e-9;
	}
	push @differences, map { "$_ is more than JSON has" }
	  grep { !exists $expected->{$_} && $_ !~ $not_in_json } sort keys %$samples;
	return @differences;
}

# Looks that one program took: { json, text }.
sub next_look
{
	my ($print) = @_;
	my $look = { text => '' };
	my $deadline = time + 60;

	for (;;)
	{
		$print->pump;
		while ($print->{seen} < @{ $print->{lines} })
		{
			my $line = $print->{lines}[ $print->{seen}++ ];
			$look->{text} .= "$line\n" if exists $look->{json};
			$look->{json} = JSON::PP::decode_json($line) if $line =~ /^\{/;
			return $look if exists $look->{json} && $line eq '# EOF';
		}
		BAIL_OUT("no look in time: $print->{err}") if time > $deadline;
		Time::HiRes::sleep(0.01);
	}
}

# Until one of which it holds; all on the way are compared.
sub looks_until
{
	my ($print, $what, $holds) = @_;
	my ($count, @differences, $look) = (0);
	my $deadline = time + 60;

	do
	{
		$look = next_look($print);
		push @differences, differences($look->{json}, $look->{text});
		$count++;
	} until $holds->($look->{json}, $look->{text}) || time > $deadline;
	ok($holds->($look->{json}, $look->{text}), "$what is seen");
	is_deeply([ splice @differences, 0, 10 ], [], "$what: metrics are as JSON in each of $count looks");
	metrics_ok($look->{text}, $what);
	return $look;
}

sub has_finding
{
	my ($json, $rule) = @_;
	return scalar grep { $_->{rule} eq $rule } @{ $json->{findings} };
}

my $print = follow_by_file([ tool('look_print'), $probed ]);
looks_until($print, 'nothing yet', sub { 1 });
my $look = looks_until($print, 'a healthy cluster',
	sub { $_[0]{health} eq 'ok' && defined $_[0]{probe_per_second}{wal_bytes}
		  && $_[0]{commit_latency_ms}{remote_apply}{samples} > 20 });
my $samples = samples_of($look->{text});
is($samples->{ series('slot_active', node => 'primary', slot => 'kept') }, 0, 'a slot');
ok(defined $samples->{ series('slot_retained_bytes', node => 'primary', slot => 'kept') }, 'what it retains');
is($samples->{ series('slot_wal_status', node => 'primary', slot => 'kept', status => 'reserved') },
	1, 'its wal_status');
cmp_ok($samples->{ series('node_sessions', node => 'primary') }, '>=', 5, 'sessions: our own at least');
is($samples->{ series('node_receiver_running', node => 's1') }, 1, 'a receiver');
ok(!exists $samples->{ series('node_receiver_running', node => 'primary') }, '... not of the primary');
is( int $samples->{ series('node_start_time_seconds', node => 's1') },
	int $s1->safe_psql('postgres', 'SELECT floor(extract(epoch FROM pg_postmaster_start_time()))'),
	'when a server was started');
is($samples->{ series('poll_interval_seconds') }, '0.200000', 'the poll interval');
cmp_ok(abs(time - $samples->{ series('look_timestamp_seconds') }), '<', 60, 'when it was made');
cmp_ok($samples->{ series('commit_latency_seconds_sum', level => 'on') }, '>', 0, 'what commits took in all');

# Two walsenders of one name that nobody listed, with what needs escaping in it.
my @receivers = map {
	IPC::Run::start([ 'pg_receivewal', '-D', do { my $to = test_folder() . "/wal$_"; mkdir $to; $to },
			'-d', 'host=' . $primary->host . ' port=' . $primary->port
			  . q( user=postgres application_name='a"b\\\\c{,}') ], '2>', \my $said)
} 1, 2;
looks_until($print, 'two of one name',
	sub { 2 == grep { !$_->{listed} && defined $_->{replication}{sent_lsn} } @{ $_[0]{nodes} } });
$_->kill_kill foreach @receivers;

$s1->safe_psql('postgres', 'SELECT pg_wal_replay_pause()');
looks_until($print, 'a commit that waits', sub { defined $_[0]{commit_latency_ms}{remote_apply}{blocked_for} });
$s1->safe_psql('postgres', 'SELECT pg_wal_replay_resume()');
looks_until($print, 'it goes on', sub { $_[0]{health} eq 'ok' });
$s2->stop('immediate');
looks_until($print, 'a standby down', sub { has_finding($_[0], 'cannot_lose') });
$s1->stop('immediate');
looks_until($print, 'blocked', sub { has_finding($_[0], 'commits_blocked')
	  && ($_[0]{sync}{longest_wait_ms} // 0) > 1000 });
$_->start foreach $s1, $s2;
looks_until($print, 'whole again', sub { $_[0]{health} eq 'ok' });
$primary->stop('immediate');
$look = looks_until($print, 'no primary', sub { has_finding($_[0], 'no_primary') });
$samples = samples_of($look->{text});
ok(defined $samples->{ series('node_current_lsn_bytes', node => 'primary') }, 'its last position is there');
ok(!grep({ /slot_|sessions\{cluster="test",node="primary"/ } keys %$samples), 'its slots and sessions are not');
$s1->promote;
$primary->start;
looks_until($print, 'split brain', sub { has_finding($_[0], 'two_primaries') });
is($print->stop, 0, 'all of it by one program');
$s1->stop('immediate');
$s1->clean_node;

# A role that may see little.
$primary->safe_psql('postgres', "SET synchronous_commit = local; CREATE ROLE plain LOGIN");
$s2->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_roles WHERE rolname = 'plain'");
my $plain = described([ $primary, $s2 ], @of_description, connection => { user => 'plain', dbname => 'postgres' });
$print = follow_by_file([ tool('look_print'), $plain ]);
$look = looks_until($print, 'a plain role', sub { has_finding($_[0], 'no_privilege') });
$samples = samples_of($look->{text});
is($samples->{ series('node_sessions', node => 'primary') }, undef, 'sessions: those that it sees are not all');
$print->stop;

# ---- the command

sub status_of
{
	my (@arguments) = @_;
	my ($out, $err);
	IPC::Run::run([ program(), 'status', @arguments ], '>', \$out, '2>', \$err);
	return ($? >> 8, $out, $err);
}

sub slurp
{
	my ($path) = @_;
	open my $file, '<', $path or return;
	local $/;
	return scalar <$file>;
}

# Whole: begins and ends as it should, with each metric that is always there.
sub is_whole
{
	my ($text) = @_;
	return $text =~ /\A# TYPE pgwatch_tui_build_info gauge\n(?s:.*)\n# EOF\n\z/
	  && $text =~ /^pgwatch_tui_node_role\{cluster="test",node="s2",role="standby"\} /m
	  && 1 == (() = $text =~ /^# EOF$/mg);
}

my $two = described([ $primary, $s2 ], @of_description);
my ($exit, $out, $err) = status_of('--openmetrics', $two);
my ($json_exit) = status_of('--json', $two);
is($exit, $json_exit, '--openmetrics: the exit status of status');
is($err, '', 'nothing on stderr');
ok(is_whole($out), 'all of it') or diag($out);
unlike($out, qr/\033/, 'no colours');
metrics_ok($out, 'status --openmetrics');
my $folder = test_folder() . '/textfile';
mkdir $folder;
my $file = "$folder/test.prom";
($exit, $out, $err) = status_of('--openmetrics', '--output', $file, $two);
is("$exit $out$err", "$json_exit ", '--output: the same exit status, and nothing is printed');
ok(is_whole(slurp($file)), 'the file has it');
is((stat $file)[2] & 07777, 0644, 'for all to read');

foreach my $case (
	[ [qw(--json --openmetrics)], qr/not both/ ],
	[ [ '--output', $file ], qr/--output is for --openmetrics/ ],
	[ [ '--json', '--output', $file ], qr/--output is for --openmetrics/ ],
	[ [ '--openmetrics', '--output', '' ], qr/name of a file/ ])
{
	my ($arguments, $says) = @$case;
	($exit, $out, $err) = status_of(@$arguments, $two);
	is($exit, 64, "@$arguments: exit status 64");
	like($err, $says, '... and why');
}

my $watch = follow_by_file([ program(), qw(status --watch --openmetrics), $two ]);
$watch->wait_for("--watch: look $_", qr/^# EOF$/) foreach 1 .. 3;
$watch->stop;
($out) = join("\n", @{ $watch->{lines} }, '') =~ /# EOF\n(.*?# EOF\n)/s;
ok(is_whole($out), 'each look is whole') or diag($out);

# ---- a file that others read

my @output = (program(), qw(status --watch --openmetrics --output));

# Always whole, until the condition holds; it was there before.
sub reads_until
{
	my ($what, $holds) = @_;
	my $reads = 0;
	my $text = '';
	wait_until(
		$what,
		sub {
			$text = slurp($file) // '';
			$reads++;
			return !is_whole($text) || $holds->($text);
		});
	ok(is_whole($text), "$what: whole in $reads reads") or diag($text);
	return;
}

sub made_at
{
	my ($text) = @_;
	my ($at) = $text =~ /^pgwatch_tui_look_timestamp_seconds\S* (\S+)$/m;
	return $at;
}

my $quick = described([ $primary, $s2 ], interval => '100ms', timeout => '2s');
for my $kill (1 .. 25)
{
	my $before = made_at(slurp($file));
	my $run = IPC::Run::start([ @output, $file, $quick ], '>&', \my $said);
	my $end = wait_until("kill $kill: written", sub { made_at(slurp($file)) ne $before });
	Time::HiRes::sleep(rand 0.12);    # a moment by chance: there is nothing to wait for
	$run->signal('KILL');
	$run->finish;
	is_whole(slurp($file)) or fail("kill $kill: torn"), diag(slurp($file)), last;
}
ok(is_whole(slurp($file)), 'killed 25 times: what is left is whole');

my $run = IPC::Run::start([ @output, $file, $quick ], '>', \my $said, '2>', \my $complaints);
my $started = made_at(slurp($file));
reads_until('it is written again and again', sub { made_at($_[0]) > $started + 2 });
opendir my $directory, $folder or die;
is_deeply([ grep { !/^\.+$/ && $_ ne '.test.prom.tmp' } readdir $directory ], ['test.prom'], 'nothing else is left there');
if (defined(my $page = scraped_from($folder)))
{
	like($page, qr/^node_textfile_scrape_error 0$/m, 'node_exporter takes it');
	like($page, qr/^pgwatch_tui_node_role\{cluster="test",node="s2",role="standby"\} 1$/m, 'with its samples');
	like($page, qr/^# HELP pgwatch_tui_node_up 1 when/m, 'and their help');
}
else
{
	note('node_exporter cannot be had');
}

# Its directory goes away and comes back: said once each, the program goes on.
rename $folder, "$folder.away" or die;
wait_until('the directory is gone: said', sub { $run->pump_nb; $complaints =~ /again at each poll/ });
my $gone = made_at(slurp("$folder.away/test.prom"));
my $beside = follow_by_file([ program(), 'status', '--watch', $quick ]);
$beside->wait_for("poll $_ without it", qr/./) foreach 1 .. 5;
$beside->stop;
rename "$folder.away", $folder or die;
reads_until('it is back', sub { made_at($_[0]) > $gone });
wait_until('that is said', sub { $run->pump_nb; $complaints =~ /written again/ });
my @said = $complaints =~ /^(.*cannot write.*)$/mg;
is(scalar @said, 1, 'what is wrong is said once') or diag($complaints);
like($complaints, qr/error: cannot write \Q$folder\E\/\.test\.prom\.tmp: No such file.*\n.*hint: make its directory/, 'with where, why, and what to do');
$run->signal('TERM');
$run->finish;
is($run->result(0), $json_exit, 'SIGTERM: the exit status of the last look');
ok(is_whole(slurp($file)), '... and the last file stays');
ok(!-e "$folder/.test.prom.tmp", '... and nothing beside it');
($exit, $out, $err) = status_of('--openmetrics', '--output', '/nonexistent/a.prom', $two);
is($exit, 2, 'a file that cannot be written: exit status 2');
like($err, qr/cannot write .*No such file/, 'and why');

done_testing();
