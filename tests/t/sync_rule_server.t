# sync_rule: the parser against a real server. What ALTER SYSTEM takes, our parser must take, and the
# other way round, with the same complaint; and a walsender's sync_priority must be ours.
use strict;
use warnings;

use TestServers;
use Test::More;

my $print = tool('sync_rule_print');

my @valid = (
	'',
	'a',
	'replica1, replica2',
	'a,b,c',
	'1 (a)',
	'1 (a, b)',
	'2 (a,b,c)',
	'FIRST 1 (a)',
	'first 2 (a, b)',
	'FiRsT 3(a,b,c)',
	'ANY 1 (a)',
	'any 2 (a, b, c)',
	'aNy 1(*)',
	'*',
	'"*"',
	'*, a',
	'a, *, b',
	'FIRST 2 (a, "*")',
	'2',
	'2, 3',
	'1 (2, 3)',
	'ANY 1 (1)',
	'"n-2"',
	'"a b", "c,d", "e)f"',
	'"FIRST"',
	'"first", "ANY"',
	'firsts, anyone, any_, first1, any$',
	'"a""b"',
	'""""',
	'""',
	'"", a',
	'_a$1',
	"r\xC3\xA9plique",
	"\"r\xC3\xA9plique 1\"",
	'a, a, A',
	'7 (a)',
	'007 (a)',
	'2147483647 (a)',
	'4294967297 (a)',
	" \t\r\f\x0B a \t,\r b\f\x0B",
	"  ANY  2\t(\fa\x0B,\rb ) ",
	"a,\nb",
	"FIRST\n1\n(\na\n)\n",
	'x' x 64,
	'"' . ('x' x 62) . '"""',
	join(', ', map { "n$_" } 1 .. 70),
	"\"a'b\"",
	'"a\\b"',
);

my @invalid = (
	' ',
	"\t",
	"\n",
	',',
	'a,',
	',a',
	'a,,b',
	'a b',
	'a "b"',
	'"a" "b"',
	'"a"b',
	'n-2',
	'n2.x',
	'2a',
	'1 a',
	'$a',
	'a;',
	'a\\b',
	'FIRST',
	'ANY',
	'FIRST, a',
	'a, any',
	'first (a)',
	'ANY (n2)',
	'ANY 1',
	'FIRST 1 a',
	'ANY a (b)',
	'ANY -1 (b)',
	'ANY 1.5 (b)',
	'ANY "1" (b)',
	'"ANY" 1 (b)',
	'FIRST ANY 1 (b)',
	'1 (n2',
	'1 ()',
	'1 (a,)',
	'1 (,a)',
	'1 (a) b',
	'1 (a), b',
	'1 (a) (b)',
	'1 (a))',
	'1 (a, 2 (b))',
	'1 (ANY)',
	'1 1 (a)',
	'(a)',
	'()',
	'a)',
	'a (b)',
	'**',
	'* *',
	'"a',
	'"',
	'a, "b',
	'a "b',
	'"a""',
	'"' . ('x' x 63) . '""',
	"a'b",
	'0 (a)',
	'00 (a)',
	'FIRST 0 (a)',
	'ANY 0 (a, b)',
	'2147483648 (a)',
	'4294967295 (a)',
	'4294967296 (a)',
	'9223372036854775806 (a)',
	'9223372036854775807 (a)',
	'99999999999999999999999 (a)',
	'0 (a,)',
	"a\x01b",
	"a\xC2\xA0b c",
	join(', ', map { "n$_" } 1 .. 70) . ' 71',
);

my $node = PostgreSQL::Test::Cluster->new('primary');
$node->init(allows_streaming => 1);
$node->start;

# What the server says to a value: '' or its complaint, in the words of our parser.
sub server_says
{
	my ($value) = @_;
	my $complaint;

	if ($value =~ /\n/)
	{
		# ALTER SYSTEM takes no newline: the command line does.
		IPC::Run::run(
			[
				'postgres', '-D', $node->data_dir, '-C', 'synchronous_standby_names',
				'-c', "synchronous_standby_names=$value"
			],
			'>', \my $stdout, '2>', \my $stderr);
		$complaint = $stderr;
	}
	else
	{
		(my $literal = $value) =~ s/'/''/g;
		$node->psql('postgres', "ALTER SYSTEM SET synchronous_standby_names = '$literal'",
			stderr => \$complaint);
	}
	return '' if $complaint !~ /(?:ERROR|FATAL)/;
	return $1 if $complaint =~ /invalid value for parameter.*DETAIL:  ([^\n]*)/s;
	return $1 if $complaint =~ /(?:ERROR|FATAL):  (number of .*)/;
	return $complaint;
}

sub we_say
{
	my @arguments = @_;
	my @lines;

	IPC::Run::run([ $print, @arguments ], '>', \my $stdout, '2>', \my $stderr);
	die "sync_rule_print: $stderr" if $stderr ne '';
	@lines = split /\n/, $stdout, -1;
	return ($? == 0, @lines);
}

sub shown
{
	my ($value) = @_;
	$value =~ s/([^ -~])/sprintf '\\x%02X', ord $1/ge;
	return length $value > 60 ? substr($value, 0, 57) . '...' : "'$value'";
}

# A complaint without its end, because ours is cut in a fixed size.
sub beginning
{
	my ($text) = @_;
	chomp $text;
	return substr $text, 0, 120;
}

foreach my $value (@valid, @invalid)
{
	my $server = server_says($value);
	my ($taken, @lines) = we_say($value);
	my $name = shown($value);

	if ($server eq '')
	{
		ok($taken, "$name: taken by both") or next;
		# What we make of it says the same to the server ("off" and a cut list do not).
		next if $lines[0] =~ /^off$|, \.\.\.\)$/ || length $value >= 64;
		is(server_says($lines[0]), '', "$name: taken again as " . shown($lines[0]));
		is((we_say($lines[0]))[1], $lines[0], "$name: and is the same rule");
	}
	else
	{
		ok(!$taken, "$name: refused by both");
		is(beginning($lines[1]), beginning($server), "$name: with the same words");
	}
}

# A value on the wrong list would prove less than it says.
is_deeply([ map { shown($_) } grep { server_says($_) ne '' } @valid ], [], 'all valid ones are');
is_deeply([ map { shown($_) } grep { server_says($_) eq '' } @invalid ], [], 'no invalid one is');

# sync_priority of a real walsender. Each differs from the one before: so the reload is seen.
my @priorities = (
	[ 'Replica1',                   1 ],
	[ 'a, b, replica1',             3 ],
	[ 'a, "*"',                     2 ],
	[ '*',                          1 ],
	[ 'a',                          0 ],
	[ '2 (a, b, "REPLICA1", c)',    3 ],
	[ 'ANY 2 (a, b, replica1, c)',  1 ],
	[ 'replica, replica11, "replica1 "', 0 ],
	[ 'ANY 1 (a, *)',               1 ],
	[ 'a, replica1, b, replica1',   2 ],
	[ '',                           0 ],
);
my $wal = test_folder() . '/wal';
mkdir $wal or die "cannot make $wal: $!";
my $receiver = IPC::Run::start(
	[
		'pg_receivewal', '--no-password', '--no-loop', '--synchronous', '-D', $wal, '-d',
		$node->connstr . ' application_name=replica1'
	],
	'>', \my $receiver_said, '2>&1');

sub sync_priority
{
	return $node->safe_psql('postgres',
		    'SELECT sync_priority FROM pg_stat_replication '
		  . "WHERE application_name = 'replica1' AND flush_lsn IS NOT NULL");
}

wait_until('pg_receivewal is there', sub { sync_priority() ne '' });
foreach my $case (@priorities)
{
	my ($value, $priority) = @$case;

	$node->safe_psql('postgres', "ALTER SYSTEM SET synchronous_standby_names = '$value'");
	$node->reload;
	wait_until("the server gives replica1 $priority by '$value'",
		sub { sync_priority() eq $priority })
	  or next;
	is((we_say($value, 'replica1'))[2], $priority, "replica1 has priority $priority by '$value'");
}
$receiver->signal('TERM');
$receiver->finish;
$node->stop;

done_testing();
