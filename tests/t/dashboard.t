# The dashboard in a real terminal on real servers: what a person sees while servers are killed and
# frozen. A time is never asserted: an interval of 20 seconds and a deadline that is shorter show
# that something did not wait for the next poll.
use strict;
use warnings;

use IO::Socket::INET;
use Test::More;

use LocalStack;
use Term;

sub dashboard
{
	my ($stack, $terminal, @options) = @_;
	$terminal->line("$LocalStack::program dashboard @options -c $stack->{config}");
	return $terminal->wait_for(qr/HEALTHY/);
}

my $stack = LocalStack->new(password => 'pgwatch');

sub order
{
	my ($status, undef, $error) = $stack->stack(@_);
	die "stack @_: $error" if $status != 0;
	return;
}

order('up');

# Killed: the socket says so, and the others are looked at again at once.
{
	my $terminal = Term->new(width => 120, height => 36);
	ok(dashboard($stack, $terminal, '--interval 20s'), 'the dashboard is up, healthy');
	like($terminal->screen, qr/replica1\s+standby\s+streaming\s+sync 1/, 'replica1 is synchronous');
	order('kill', 'replica1');
	ok($terminal->wait_for(qr/replica1\s+standby\s+(closed|refused)/),
		'a killed replica is said without waiting for the next poll');
	ok($terminal->wait_for(qr/replica2\s+standby\s+streaming\s+sync 2/),
		'who is synchronous now is said too');
	ok($terminal->wait_for(qr/can lose 0 more/), 'no other may be lost');
	$terminal->keys('q');
	ok($terminal->wait_for(qr/^prompt\$ *$/m), 'q ends it');
	order('up');
}

# Frozen primary: said within the poll's timeout; the others go on; keys work.
{
	my $terminal = Term->new(width => 120, height => 36);
	ok(dashboard($stack, $terminal), 'healthy again');
	my $written = "$terminal->{directory}/written";
	$terminal->tmux('pipe-pane', "cat > $written");
	order('pause', 'primary');
	ok($terminal->wait_for(qr/primary\s+primary\s+not responding/), 'a frozen primary is said');
	ok($terminal->wait_for(qr/NO PRIMARY/), 'there is no primary');
	$terminal->keys('?');
	ok($terminal->wait_for(qr/this list; again: back/), 'a key works meanwhile');
	$terminal->keys('Escape');
	ok($terminal->wait_for(qr/replica2\s+standby/), 'and back');
	order('kill', 'replica2');
	ok($terminal->wait_for(qr/replica2\s+standby\s+(closed|refused)/),
		'another node is still watched while the primary hangs');
	order('resume', 'primary');
	ok($terminal->wait_for(qr/primary\s+primary\s+up/), 'it answers again');
	order('up');
	ok($terminal->wait_for(qr/HEALTHY/), 'healthy again');
	my $bytes = LocalStack::slurp($written);
	like($bytes, qr/\e\[.*NO PRIMARY/s, 'panels came and went, events moved on');
	unlike($bytes, qr/\e\[\d*[ST]|\e\[\d+;\d+r/, 'no part of the screen is scrolled: not every terminal can');
	$terminal->keys('q');
	ok($terminal->wait_for(qr/^prompt\$ *$/m), 'q ends it');
}

# Freezing the picture, units, detail, events, filter, copy.
{
	my $terminal = Term->new(width => 120, height => 36);
	ok(dashboard($stack, $terminal), 'healthy');
	$terminal->keys('Space');
	ok($terminal->wait_for(qr/PAUSED/), 'Space freezes the picture');
	order('kill', 'replica2');
	is($stack->state_of('replica2'), 'crashed', 'replica2 is gone');
	like($terminal->screen, qr/replica2\s+standby\s+streaming/, 'the frozen picture shows it still');
	$terminal->keys('Space');
	ok($terminal->wait_for(qr/replica2\s+standby\s+(closed|refused)/), 'live again: it is gone');
	$terminal->keys('b');
	ok($terminal->wait_until(sub { $terminal->screen !~ /FLUSH/ }), 'b: bytes instead of LSNs');
	$terminal->keys('j', 'j', 'Enter');
	ok($terminal->wait_for(qr/pg_stat_wal_receiver|Why it cannot be looked at/), 'Enter: detail');
	$terminal->keys('Escape', 'e', '/');
	$terminal->keys('r', 'e', 'f', 'u', 's', 'e', 'd', 'Enter');
	ok($terminal->wait_for(qr/replica2\s+is down: /), 'events, filtered');
	ok($terminal->wait_until(sub { $terminal->screen !~ /PostgreSQL \d/ }),
		'events that do not match are not shown');
	$terminal->keys('q');
	ok($terminal->wait_for(qr/^prompt\$ *$/m), 'q ends it');
	order('up');
}

# A node that hangs in connecting and a name that is not resolved do not hold up anything.
{
	my $blackhole = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1', Proto => 'tcp');
	my @filling = map {
		IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $blackhole->sockport,
			Blocking => 0, Proto => 'tcp')
	} 1 .. 4;
	open my $in, '<', $stack->{config} or die;
	my $text = do { local $/; <$in> };
	$text .= "  - {name: hangs, host: 127.0.0.1, port: " . $blackhole->sockport . "}\n";
	$text .= "  - {name: nameless, host: no-such-host.invalid}\n";
	$text =~ s/^stack:\n(?:  .*\n)+//m;
	$text =~ s/, files: [^}]*//g;
	my $file = "$stack->{folder}/watched.yaml";
	open my $out, '>', $file or die;
	print $out $text;
	close $out;
	my $terminal = Term->new(width => 120, height => 36);
	$terminal->line("$LocalStack::program -c $file");
	ok($terminal->wait_for(qr/replica2\s+standby\s+streaming/), 'the others are there');
	ok($terminal->wait_for(qr/hangs\s+\S+\s+timeout/),
		'a server that never answers is said');
	ok($terminal->wait_for(qr/nameless\s+\S+\s+unknown host/),
		'a name that cannot be resolved is said');
	$terminal->keys('q');
	ok($terminal->wait_for(qr/^prompt\$ *$/m), 'q ends it');
}

done_testing();
