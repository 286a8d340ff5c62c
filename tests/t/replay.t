# A recording of a live run gives the screens that the run showed: a real cluster whose standby is
# killed, whose primary is killed and replaced, under load, seen by the dashboard in a real terminal.
# The dashboard is frozen at its moments (Space), so that the screen's moment is exactly known: the
# recording has a mark of the key.
use strict;
use warnings;
use utf8;

use File::Copy qw(copy);
use IPC::Run ();
use JSON::PP ();
use Test::More;

use LocalStack;
use Term;

use constant WIDTH => 120;
use constant HEIGHT => 40;
use constant SECRET => 'geheim4711';

binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output);

my $program = $LocalStack::program;
my $stack = LocalStack->new(password => SECRET);
my $file = "$stack->{folder}/live.jsonl";

sub order
{
	my ($status, undef, $error) = $stack->stack(@_);
	die "stack @_: $error" if $status != 0;
	return;
}

# exit status, stdout, stderr
sub program
{
	my ($out, $err) = ('', '');
	IPC::Run::run([ $program, @_ ], '<', \undef, '>', \$out, '2>', \$err, IPC::Run::timeout(120));
	my $status = $? >> 8;
	utf8::decode($out);
	return ($status, $out, $err);
}

sub lines_of
{
	my ($path) = @_;
	open my $in, '<:raw', $path or die "$path: $!\n";
	my @lines = map { JSON::PP->new->utf8->decode($_) } grep { /\n$/ } <$in>;
	return @lines;
}

# Header and footer say what mode it is; everything between must be the same.
sub between
{
	my ($screen) = @_;
	my @lines = split /\n/, $screen, -1;
	pop @lines while @lines > HEIGHT;
	return [ map { s/\s+$//r } @lines[ 1 .. HEIGHT - 2 ] ];
}

# The numbers of those that froze or unfroze, and their times.
sub marks
{
	my @marks = grep { $_->{mark} } lines_of($file);
	my @numbers = grep { $marks[ $_ - 1 ]{mark}{text} eq 'freeze or go on' } 1 .. @marks;

	return ([ map { "mark:$_" } @numbers ], map { $marks[ $_ - 1 ]{t} } @numbers);
}

my @frozen;    # what stood on the screen

# Freezes, keeps the screen, goes on.
sub keep_screen
{
	my ($terminal, $what) = @_;
	my $shown = scalar @frozen;

	$terminal->keys('Space');
	ok($terminal->wait_for(qr/PAUSED at/), "$what: frozen");
	$terminal->wait_until(sub { $terminal->screen !~ /^ *recording into/m });
	push @frozen, [ $what, $terminal->screen ];
	$terminal->keys('Space');
	$terminal->wait_until(sub { $terminal->screen !~ /PAUSED at/ });
	return;
}

order('up');
my $terminal = Term->new(width => WIDTH, height => HEIGHT);
$terminal->line("$program dashboard --record $file -c $stack->{config}");
ok($terminal->wait_for(qr/REC .*HEALTHY/), 'the dashboard records, and says so');
keep_screen($terminal, 'healthy');

$terminal->keys('l');
ok($terminal->wait_for(qr/acknowledged/i), 'a load runs');
keep_screen($terminal, 'under load');

order('kill', 'replica1');
ok($terminal->wait_for(qr/replica1\s+standby\s+(closed|refused)/), 'the standby is lost');
keep_screen($terminal, 'standby lost');

order('kill', 'primary');
ok($terminal->wait_for(qr/NO PRIMARY/), 'the primary is lost');
keep_screen($terminal, 'no primary');

$stack->sql('replica2', 'select pg_promote()');
ok($terminal->wait_for(qr/replica2\s+primary/), 'the other standby is promoted');
keep_screen($terminal, 'promoted');

order('up');
ok($terminal->wait_for(qr/replica2\s+primary\s+up.*\n.*standby\s+streaming.*\n.*standby\s+streaming/),
	'the others follow');
keep_screen($terminal, 'followed');
$terminal->keys('t');
ok($terminal->wait_for(qr/replication test (passed|FAILED)/), 'a replication test');
$terminal->keys('Escape');
keep_screen($terminal, 'tested');
$terminal->keys('q');
ok($terminal->wait_for(qr/^prompt\$ *$/m), 'q ends it');

# ---- the same screens at the same times

my ($marks, @at) = marks();
is(scalar @at, 2 * @frozen, 'every key that froze is in the recording');
for my $i (0 .. $#frozen)
{
	my ($what, $screen) = @{ $frozen[$i] };
	my ($status, $out) =
	  program('replay', $file, '--dump-screen', WIDTH . 'x' . HEIGHT, '--at', $marks->[ 2 * $i ]);

	is($status, 0, "$what: there is a screen of it");
	is_deeply(between($out), between($screen), "$what: the screen of the replay is that of the run")
	  or diag("live:\n$screen\nreplay:\n$out");
	my (undef, $again) =
	  program('replay', $file, '--dump-screen', WIDTH . 'x' . HEIGHT, '--at', $marks->[ 2 * $i ]);
	is($again, $out, "$what: and so it is each time");
}

# ---- what is in the file

{
	my ($header, @lines) = lines_of($file);
	my %kinds;

	$kinds{$_}++ for map { grep { !/^(t|w|n|took)$/ } CORE::keys %$_ } @lines;
	is_deeply([ @$header{qw(format recording)} ], [ 1, 'pgwatch-tui' ], 'the header says what it is');
	is($header->{of}{columns}, WIDTH, 'and how wide the terminal was');
	ok($kinds{$_}, "there are lines of kind $_") for qw(sample changes fault event load check mark end);
	is(sprintf('%o', (stat $file)[2] & 07777), '600', 'nobody else can read it');
	open my $in, '<', $file or die "$file: $!\n";
	my $text = do { local $/; <$in> };
	unlike($text, qr/\Q${\SECRET}\E|password|super:se/, 'no secret is in it');
}

# ---- status of a recorded moment

{
	my ($status, $out) = program('status', '--json', '--replay', $file, '--at', $at[6] . 'us');
	my $look = JSON::PP->new->decode($out);

	is($status, 2, 'status of the moment without a primary: critical');
	ok((grep { $_->{rule} eq 'no_primary' } @{ $look->{findings} }), 'with the finding');
	($status, $out) = program('status', '--replay', $file, '--at', $at[0] . 'us');
	is($status, 0, 'and of the healthy one: healthy');
	like($out, qr/^test  HEALTHY/, 'as a table');
	($status, undef, my $err) = program('status', '--replay', $file, '--at', '99h');
	is($status, 64, 'a moment that is not in it is refused');
	like($err, qr/"99h" is not in the recording: it goes from/, 'and it is said what is');
	for (['--at', '1s'], ['--replay', $file, '--watch'], ['--replay', $file, $stack->{config}])
	{
		($status) = program('status', @$_);
		is($status, 64, "status @$_ is refused");
	}
}

# ---- on the screen

{
	my $replay = Term->new(width => WIDTH, height => HEIGHT);

	$replay->line("$program replay $file --speed 100");
	ok($replay->wait_for(qr/REPLAY/), 'it says that it is a replay');
	ok($replay->wait_for(qr/at the end .* of 0:/), 'it plays to its end');
	$replay->keys(':');
	ok($replay->wait_for(qr/go to: /), 'it asks for a time');
	$replay->keys(split(//, $at[6] . 'us'), 'Enter');
	ok($replay->wait_for(qr/NO PRIMARY/), 'and goes there');
	ok($replay->wait_for(qr/stopped|playing/), 'it is not at the end any more');
	$replay->keys('s');
	ok($replay->wait_for(qr/s does nothing here/), 'there is no stack to act on');
	$replay->keys('w');
	ok($replay->wait_for(qr/w does nothing here/), 'and no test write');
	$replay->keys('N');
	$replay->keys('?');
	ok($replay->wait_for(qr/replay: play, or stop at this moment/), 'help has the keys of a replay');
	unlike($replay->screen, qr/test writes on the primary|stack: start/, 'and no others');
	$replay->keys('Escape', ':', 's', 't', 'a', 'r', 't', 'Enter');
	ok($replay->wait_for(qr/0:00:0\d of/), 'back at the beginning');
	$replay->keys('q');
	ok($replay->wait_for(qr/^prompt\$ *$/m), 'q ends it');
}

# ---- r

{
	my $live = Term->new(width => WIDTH, height => 30);

	$live->line("$program dashboard -c $stack->{config}");
	ok($live->wait_for(qr/streaming/), 'the dashboard is up');
	$live->keys('r');
	ok($live->wait_for(qr/recording into pgwatch-test-\d{8}T\d{6}\.jsonl/), 'r records');
	ok($live->wait_for(qr/\bREC\b/), 'and the header says so');
	$live->keys('r');
	ok($live->wait_for(qr/recorded pgwatch-test-/), 'r again ends it');
	$live->wait_until(sub { $live->screen !~ /\bREC\b/ });
	unlike($live->screen, qr/\bREC\b/, 'which the header says too');
	my ($made) = glob "$live->{directory}/pgwatch-test-*.jsonl";
	my ($status) = program('replay', $made, '--dump-screen', '80x24');
	is($status, 0, 'what it wrote can be replayed');
	my @lines = lines_of($made);
	ok((grep { $_->{event_state} } @lines), 'and has what came before');
	$live->keys('q');
	$live->wait_for(qr/^prompt\$ *$/m);

	# A file may not grow any more: as a full disk.
	$live->line('ulimit -f 60');
	$live->line("$program dashboard --record full.jsonl -c $stack->{config}");
	ok($live->wait_for(qr/recording stopped: cannot write the recording full\.jsonl: File too large/),
		'a recording that cannot be written is said');
	ok($live->wait_for(qr/3\/3 nodes/), 'and the dashboard goes on');
	unlike($live->screen, qr/\bREC\b/, 'without it');
	$live->keys('q');
	$live->wait_for(qr/^prompt\$ *$/m);
	($status) = program('replay', "$live->{directory}/full.jsonl", '--dump-screen', '80x24');
	is($status, 0, 'what was written can be replayed');
}

# ---- commands that record

{
	my $path = "$stack->{folder}/command";
	my ($status, undef, $err) =
	  program('load', '--rate', 20, '--duration', '2s', '--record', "$path-load", $stack->{config});
	my @lines = lines_of("$path-load");

	ok((grep { ref $_->{load} } @lines), 'load records its figures');
	($status) = program('test', '--record', "$path-test", $stack->{config});
	is($status, 0, 'test passes');
	my ($check) = map { $_->{check} } grep { $_->{check} } lines_of("$path-test");
	ok($check->{passed}, 'and records its verdict');
	($status, undef, $err) = program('test', '--record', "$path-test", $stack->{config});
	is($status, 2, 'nothing is written over');
	like($err, qr/is there already/, 'which is said');
	($status) = program('status', '--record', "$path-test", $stack->{config});
	is($status, 2, 'nor by status: that is no bad configuration');
	($status, undef, $err) =
	  program('status', '--record', "$path-x", '--record-max', '3 apples', $stack->{config});
	is($status, 64, 'a size that is none is refused');
	($status, undef, $err) =
	  program('status', '--replay', "$path-test", '--openmetrics', '--output', "$path-metrics");
	is($status, 64, 'a replay puts no metrics into a file');
	like($err, qr/--output is for a cluster/, '... and says so');
}

# ---- files that are no recordings

{
	my $path = "$stack->{folder}/bad";
	my $write = sub {
		open my $out, '>:raw', $path or die "$path: $!\n";
		print $out @_;
		close $out;
	};

	for (
		[ 'random bytes', qr/this is no recording of pgwatch-tui/, map { chr int rand 256 } 1 .. 100000 ],
		[ 'nothing', qr/this is no recording of pgwatch-tui/ ],
		[
			'a newer format',
			qr/has format 2, this program reads format 1.*newer pgwatch-tui/s,
			qq({"format":2,"recording":"pgwatch-tui"}\n)
		])
	{
		my ($what, $message, @bytes) = @$_;
		$write->(@bytes);
		my ($status, $out, $err) = program('replay', $path, '--dump-screen', '80x24');
		is($status, 2, "$what: refused");
		like($err, $message, "$what: said");
	}
	truncate $path, 1 << 30;
	my ($status, undef, $err) = program('replay', $path, '--dump-screen', '80x24');
	is($status, 2, 'a gigabyte without a line: refused');
	$write->(do { open my $in, '<:raw', $file; local $/; <$in> }, 'no line of a recording', "\n");
	($status, my $out, $err) = program('replay', $path, '--dump-screen', '80x24');
	is($status, 0, 'a damaged one is shown up to its damage');
	like($err, qr/line \d+ is damaged/, 'which is said');
	truncate $path, int((-s $path) / 2);
	($status, $out, $err) = program('replay', $path, '--dump-screen', '80x24');
	is($status, 0, 'one that was cut off is shown');
	is($err, '', 'without a word');
	($status, undef, $err) = program('replay', '/dev/null', '--dump-screen', '80x24');
	like($err, qr/is not a regular file/, 'a device is refused');
}

done_testing();
