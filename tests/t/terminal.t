# terminal: the dashboard in a real terminal: keys, sizes, and that the terminal is afterwards what
# it was before, however the program ends. No server is needed: nobody listens on the nodes' ports.
use strict;
use warnings;
use utf8;

use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use IO::Socket::INET;
use MIME::Base64 qw(decode_base64);
use Test::More;

use lib dirname(__FILE__) . '/../lib';
use Term;

binmode Test::More->builder->$_, ':encoding(UTF-8)' foreach qw(output failure_output todo_output);

my $program = $ENV{PGWATCH_TUI} or plan skip_all => 'PGWATCH_TUI is not set';
my $directory = tempdir(CLEANUP => 1);

# Ports that nobody listens on: taken for a moment and given back.
sub closed_ports
{
	my @sockets = map { IO::Socket::INET->new(LocalAddr => '127.0.0.1', Proto => 'tcp', Listen => 1) }
	  1 .. shift;
	my @ports = map { $_->sockport } @sockets;
	close $_ foreach @sockets;
	return @ports;
}

sub description
{
	my $path = "$directory/cluster.yaml";
	my ($i, $text) = (0, "cluster: testbed\nconnection:\n  user: nobody\n  dbname: postgres\nnodes:\n");
	foreach my $port (closed_ports(3))
	{
		$text .= "  - name: node$i\n    host: 127.0.0.1\n    port: $port\n";
		$i++;
	}
	open my $file, '>', $path or die "$path: $!";
	print $file $text;
	close $file;
	return $path;
}

my $config = description();

# A terminal in which the dashboard runs.
sub dashboard
{
	my (%options) = @_;
	my $term = Term->new(%options);
	my $arguments = $options{arguments} // '';
	my $variables = $options{variables} // '';
	$term->line('stty -g > before');
	$term->line("$variables $program $arguments $config; echo \"status \$?\"; stty -g > after");
	$term->wait_for($options{expect} // qr/refused/, 'the dashboard') or BAIL_OUT('no dashboard');
	return $term;
}

sub slurp
{
	my $path = shift;
	open my $file, '<:raw', $path or return '';
	local $/;
	return scalar <$file>;
}

# The program ended with this status and left nothing behind.
sub restored
{
	my ($term, $status, $how) = @_;
	my ($before, $after) = map { "$term->{directory}/$_" } qw(before after);

	ok($term->wait_for(qr/^status $status$/m), "$how: status $status");
	ok($term->wait_until(sub { -s $after }), "$how: the shell goes on");
	is(slurp($after), slurp($before), "$how: the terminal's settings are what they were");
	is($term->flag('alternate_on'), 0, "$how: the alternate screen is left");
	is($term->flag('cursor_flag'), 1, "$how: the cursor is shown");
	is($term->flag('keypad_cursor_flag') || 0, 0, "$how: the arrow keys are the shell's again");
	unlike($term->screen, qr/Nodes/, "$how: nothing of the dashboard stands there");
	unlink $after;
	return;
}

subtest 'keys' => sub {
	my $term = dashboard(width => 100, height => 30);

	is($term->flag('alternate_on'), 1, 'on the alternate screen');
	is($term->flag('cursor_flag'), 0, 'without a cursor');
	ok($term->wait_for(qr/▸. node0/), 'the first node is selected');
	$term->keys('j');
	ok($term->wait_for(qr/▸. node1/), 'j');
	$term->keys('Down');
	ok($term->wait_for(qr/▸. node2/), 'Down');
	$term->keys('Up');
	ok($term->wait_for(qr/▸. node1/), 'Up');
	$term->keys('Enter');
	ok($term->wait_for(qr/╭ node1 ─.*Why it cannot be looked at/s), 'Enter: the node');
	$term->keys('Escape');
	ok($term->wait_for(qr/╭ Nodes/), 'Esc: back');
	$term->keys('?');
	ok($term->wait_for(qr/╭ Help ─.*back to where you were/s), '?: help');
	$term->resize(100, 20);
	$term->keys("G");
	ok($term->wait_for(qr{, 0 below}), "G: the end of the help");
	$term->keys("k");
	ok($term->wait_for(qr{, 1 below}), "k: one line up from it");
	$term->resize(100, 30);
	$term->keys('?');
	ok($term->wait_for(qr/╭ Nodes/), '?: back');
	$term->keys('e');
	ok($term->wait_for(qr/╭ Events, newest first/), 'e: events');
	$term->keys('/', 'n', 'o', 'd', 'e', '2');
	ok($term->wait_for(qr/filter: node2/), 'a filter is typed');
	$term->keys('Enter');
	ok($term->wait_for(qr/with "node2"/), 'and kept');
	unlike($term->screen, qr/node1/, 'it hides the others');
	$term->keys('e');
	ok($term->wait_for(qr/╭ Nodes/), 'e: back');
	$term->keys('Space');
	ok($term->wait_for(qr/PAUSED/), 'Space: frozen');
	$term->keys('Space');
	ok($term->wait_until(sub { $term->screen !~ /PAUSED/ }), 'Space: live');
	$term->keys('b');
	ok($term->wait_for(qr/REPLAY/), 'b: LSNs');
	$term->keys('+');
	ok($term->wait_for(qr/every 2s/), '+: slower');
	$term->keys('-');
	ok($term->wait_for(qr/every 1s/), '-: faster');
	$term->keys('T');
	ok($term->wait_for(qr/theme: high contrast/), 'T: another theme');
	$term->keys('Tab');
	ok($term->wait_for(qr/╭ ▸ Events/), 'Tab: the next panel');
	$term->keys('X');
	ok($term->wait_for(qr/X does nothing here/), 'a key without a meaning');
	$term->keys('C-l');
	ok($term->wait_for(qr/╭ Nodes/), 'Ctrl-L: still there');
	$term->keys('C-Left', 'F5', 'M-[', 'S-F3');
	$term->keys('j');
	ok($term->wait_for(qr/╭ Nodes/), 'unknown sequences change nothing');
	$term->keys('q');
	restored($term, 0, 'q');
};

subtest 'sizes' => sub {
	my $term = dashboard(width => 80, height => 24);
	my @sizes = (
		[ 200, 50, qr/^╭ Nodes .*^╭ Events /ms ],
		[ 120, 36, qr/^╭ Nodes .*^╭ Events /ms ],
		[ 80, 24, qr/^╭ Nodes .*^╭ Events /ms ],
		[ 60, 16, qr/^╭ Nodes /m ],
		[ 59, 16, qr/node2 +refused/ ],
		[ 20, 4, qr/node0 / ],
		[ 19, 4, qr/needs 20x4/ ],
		[ 10, 1, qr/needs 20x4/ ],
		[ 1, 1, qr/^.?$/m ],
		[ 2, 30, qr/^n…$/m ],
		[ 200, 1, qr/needs 20x4/ ],
		[ 132, 43, qr/^╭ Nodes .*^╭ Events /ms ]);
	foreach my $size (@sizes)
	{
		my ($width, $height, $pattern) = @$size;
		$term->resize($width, $height);
		ok($term->wait_for($pattern), "${width}x$height");
	}
	$term->keys('q');
	restored($term, 0, 'after all sizes');
};

subtest 'ends' => sub {
	my $term = dashboard();
	$term->keys('C-c');
	restored($term, 0, 'Ctrl-C');

	# Sanitizers turn a fatal signal into an exit of their own.
	my %fatal = map { $_ => 1 } qw(ABRT SEGV BUS FPE ILL);
	foreach my $end ([ TERM => 143 ], [ HUP => 129 ], [ INT => 130 ], [ QUIT => 131 ],
		[ ABRT => 134 ], [ SEGV => 139 ], [ BUS => 135 ], [ FPE => 136 ], [ ILL => 132 ])
	{
		my ($signal, $status) = @$end;
		my $of = dashboard();
		kill $signal, $of->child;
		restored($of, $fatal{$signal} ? qr/\d+/ : $status, "SIG$signal");
		like($of->screen, qr/^status $status$/m, "SIG$signal: and it died of it")
		  if $fatal{$signal} && ($ENV{PGWATCH_BUILD} // '') !~ /san/;
	}
	my $of = dashboard();
	$of->keys('C-\\');
	restored($of, 131, 'Ctrl-\\');
};

subtest 'stopped and continued' => sub {
	foreach my $how ('Ctrl-Z', 'SIGTSTP')
	{
		my $term = dashboard();
		if ($how eq 'Ctrl-Z') { $term->keys('C-z') }
		else { kill 'TSTP', $term->child }
		ok($term->wait_for(qr/Stopped/), "$how: the shell is back");
		is($term->flag('alternate_on'), 0, "$how: on the usual screen");
		is($term->flag('cursor_flag'), 1, "$how: with a cursor");
		unlink "$term->{directory}/after";
		$term->line('stty -g > stopped; echo written');
		ok($term->wait_for(qr/^written$/m), "$how: and works");
		is(slurp("$term->{directory}/stopped"),
			slurp("$term->{directory}/before"), "$how: with its own settings");
		unlink "$term->{directory}/after";
		$term->resize(90, 30);
		$term->line('fg');
		ok($term->wait_for(qr/^╭ Nodes .{80,}╮$/m), "$how: continued, in the new size");
		is($term->flag('alternate_on'), 1, "$how: on the alternate screen again");
		$term->keys('j');
		ok($term->wait_for(qr/▸. node1/), "$how: keys work again");
		$term->keys('q');
		ok($term->wait_until(sub { $term->flag('alternate_on') eq '0' }), "$how: q leaves it");
		$term->wait_idle;
		$term->line('stty -g > end; echo ended');
		ok($term->wait_for(qr/^ended$/m), "$how: the shell goes on");
		is(slurp("$term->{directory}/end"),
			slurp("$term->{directory}/before"), "$how: settings are what they were");
	}
};

subtest 'stopped without a word' => sub {
	# bash takes the terminal back from a stopped program; dash leaves it as it is.
	my $term = dashboard(shell => [ 'bash', '--norc', '--noprofile', '-i' ]);
	kill 'STOP', $term->child;
	ok($term->wait_for(qr/Stopped/), 'the shell is back');
	$term->line('clear; fg');
	ok($term->wait_for(qr/^╭ Nodes .*^╭ Events /ms), 'continued: painted anew');
	ok($term->wait_until(sub { $term->screen !~ /Stopped/ }),
		'nothing of the shell stands there');
	$term->keys('j');
	ok($term->wait_for(qr/▸. node1/), 'keys need no Enter');
	$term->keys('q');
	ok($term->wait_until(sub { $term->flag('alternate_on') eq '0' }), 'q leaves it');
	$term->wait_idle;
		$term->line('stty -g > end; echo ended');
	ok($term->wait_for(qr/^ended$/m), 'the shell goes on');
	is(slurp("$term->{directory}/end"),
		slurp("$term->{directory}/before"), 'settings are what they were');
};

subtest 'no terminal to use' => sub {
	foreach my $case (
		[ 'TERM=unknown', qr/TERM=unknown/ ],
		[ 'TERM=no-such-terminal', qr/TERM=no-such-terminal is unknown/ ],
		[ 'TERM=dumb', qr/TERM=dumb cannot show a screen/ ],
		[ 'TERM=', qr/TERM is not set/ ])
	{
		my ($setting, $message) = @$case;
		my $term = Term->new(width => 120, height => 24);
		$term->line("$setting $program $config; echo \"status \$?\"");
		ok($term->wait_for(qr/^status 2$/m), "$setting: status 2");
		like($term->screen, $message, "$setting: says why");
		is($term->flag('alternate_on'), 0, "$setting: screen untouched");
	}
	my $term = Term->new(width => 120, height => 24);
	$term->line("$program $config < /dev/null | cat");
	ok($term->wait_for(qr/needs a terminal/), 'no terminal: says so');
};

subtest 'what is written' => sub {
	my $term = dashboard(width => 120, height => 36);
	my $path = $term->record;
	$term->keys('y');
	ok($term->wait_for(qr/copied the selected row/), 'y says what it did');
	ok($term->wait_until(sub { slurp($path) =~ /\e\]52;c;[^\a]+\a/ }), 'OSC 52 is written');
	my ($copied) = slurp($path) =~ /\e\]52;c;([^\a]+)\a/;
	like(decode_base64($copied // ''), qr/^node0 .*state: refused/, 'with the row');
	$term->keys('C-l');
	ok($term->wait_until(sub { slurp($path) =~ /\e\[(?:\d+;)*3[0-8](?:;\d+)*m/ }), 'in colour');
	unlike(slurp($path), qr/[\x00-\x06\x0e\x10-\x1a\x1c-\x1f]/, 'no stray control characters');

	$term = dashboard(width => 120, height => 36, env => { NO_COLOR => '1' });
	$path = $term->record;
	$term->keys('C-l');
	ok($term->wait_until(sub { slurp($path) =~ /Nodes/ }), 'NO_COLOR: painted');
	$term->keys('q');
	restored($term, 0, 'NO_COLOR');
	unlike(slurp($path), qr/\e\[(?:\d+;)*(?:3[0-8]|9[0-7])(?:;\d+)*m/, 'NO_COLOR: without colours');

	$term = dashboard(width => 120, height => 36, env => { LC_ALL => 'C' });
	like($term->screen, qr/^\+ Nodes -.*-\+$/m, 'LC_ALL=C: frames of ASCII');
	$term->keys('?');
	ok($term->wait_for(qr/\+ Help -/), 'LC_ALL=C: help');
	unlike($term->screen, qr/[^\x00-\x7f]/, 'LC_ALL=C: ASCII alone');
	$term = dashboard(width => 120, height => 36, arguments => '--ascii');
	unlike($term->screen, qr/[^\x00-\x7f]/, '--ascii: ASCII alone');
};

# A frame that comes in pieces may be seen half done.
subtest 'a frame is not written in pieces' => sub {
	my $counted = "$directory/frame_writes";
	my $term = dashboard(width => 120, height => 40,
		variables => "LD_PRELOAD=$ENV{PGWATCH_BUILD}/tests/preload/frame_writes.so"
		  . " FRAME_WRITES=$counted ASAN_OPTIONS=verify_asan_link_order=0");
	$term->keys('C-l');
	ok($term->wait_until(sub { slurp($counted) =~ /^\d+ \d{4,}$/m }), 'a whole frame');
	my ($writes, $bytes) = split ' ', slurp($counted);
	cmp_ok($writes, '<=', 2 + $bytes / 2000, "$bytes bytes in $writes writes");
	$term->keys('q');
	restored($term, 0, 'counted');
};

done_testing();
