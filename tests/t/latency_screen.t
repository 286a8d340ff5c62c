# Commit latency in a real terminal on a local stack: figures at each level, BLOCKED that counts while
# both standbys are paused, its end with the true duration, and leaving in the middle of it.
use strict;
use warnings;
use utf8;

use Patience;
use Test::More;
use Time::HiRes qw(time);

# The dashboard polls so seldom here that what counts on its screen counts by itself.
BEGIN { $ENV{TERM_DEADLINE} //= 40 }
use LocalStack;
use Term;

my $stack = LocalStack->new(password => 'pgwatch');
my ($status, undef, $err) = $stack->stack('up');
is($status, 0, 'the stack is up') or diag($err);

my $terminal = Term->new(width => 120, height => 40, env => $stack->{env});
my $command = "$LocalStack::program dashboard --interval 20s -c $stack->{config}";
my @waiting = qw(remote_write on remote_apply);
my $blocked = qr/^│ on +BLOCKED ([\d.]+ m?s|\d+m\d+s) +([\d.]+(?: s)?|\d+m\d+s) /m;

sub shown
{
	my ($pattern, $what) = @_;
	return ok($terminal->wait_for($pattern, $what), $what);
}

# Seconds that the level "on" is said to be blocked; undef when it is not.
sub blocked_s
{
	my ($text) = $terminal->screen =~ $blocked or return;
	return 60 * $1 + $2 if $text =~ /(\d+)m(\d+)s/;
	my ($number) = $text =~ /([\d.]+)/;
	return $text =~ / ms/ ? $number / 1000 : $number;
}

sub standbys
{
	my ($what) = @_;
	is(($stack->stack($what, $_))[0], 0, "$what $_") for qw(replica1 replica2);
}

sub waiting_backends
{
	return $stack->sql('primary', q{SELECT count(*) FROM pg_stat_activity
		WHERE application_name LIKE 'pgwatch-tui probe%' AND wait_event = 'SyncRep'});
}

$terminal->line($command);
shown(qr/HEALTHY/, 'it is healthy');
shown(qr/^│ $_ +(?:[\d.]+ +){4}[\d.]+ /m, "figures of $_") for 'local', @waiting;

subtest 'both standbys paused' => sub {
	standbys('pause');
	my $paused_at = time;
	shown(qr/^│ $_ +BLOCKED /m, "$_ is blocked") for @waiting;
	cmp_ok(time - $paused_at, '<', patience(5), '... soon');
	like($terminal->screen, qr/^│ local +[\d.]+ /m, 'local is not');
	shown(qr/COMMITS BLOCKED/, 'so says the head of the screen');
	my ($at, $seconds) = (time, blocked_s());
	ok($terminal->wait_until(sub { (blocked_s() // 0) >= $seconds + 3 }), 'it counts');
	cmp_ok(abs(time - $at - (blocked_s() - $seconds)), '<', 1.5, '... true seconds');
	is(waiting_backends(), 3, 'one backend for each level');

	my @shown;
	$terminal->wait_until(sub { push @shown, blocked_s(); time > $at + 6 });
	my %different = map { $_ => 1 } @shown;
	cmp_ok(keys %different, '>=', 10, 'several times a second');
	like($terminal->screen, $blocked, 'the maximum is there too');
	my $counted = blocked_s();
	standbys('resume');
	shown(qr/^│ $_ +[\d.]+ +[\d.]+ /m, "$_ is not blocked any more") for @waiting;
	ok(!defined blocked_s(), 'none is blocked');
	my ($max) = $terminal->screen =~ /^│ on +(?:[\d.]+ +){4}([\d.]+(?: s)?|\d+m\d+s)/m;
	my $max_s = $max =~ /(\d+)m(\d+)s/ ? 60 * $1 + $2 : $max =~ / s/ ? $max =~ s/ s//r : $max / 1000;
	cmp_ok($max_s, '>=', $counted - 1, 'the maximum has the whole wait');
	$terminal->keys('e');
	shown(qr/probe +a commit at on on primary ended after ([\d.]+ s|\d+m\d+s)/, 'an event says how long it was');
	$terminal->keys('Escape');
	shown(qr/HEALTHY/, 'healthy again');
};

subtest 'detail' => sub {
	$terminal->keys('Enter');
	shown(qr/What a commit costs \(medians\)/, 'the page of the primary has it');
	shown(qr/local flush +[\d.]+ ms/, 'what a local flush costs');
	shown(qr/What measuring it costs.*?rows +[\d.]+\/s.*?queries +[\d.]+\/s.*?WAL +[\d.]+ k?B\/s/s,
		'what measuring costs');
	shown(qr/Commits at on since the start/, 'and how they are spread');
	$terminal->keys('Escape');
};

subtest 'leaving while blocked' => sub {
	standbys('pause');
	shown(qr/^│ on +BLOCKED /m, 'blocked');
	my $asked = time;
	$terminal->keys('q');
	ok($terminal->wait_until(sub { $terminal->flag('alternate_on') eq '0' }), 'it ends');
	cmp_ok(time - $asked, '<', patience(1), '... at once');
	is(waiting_backends(), 3, 'its commits wait on');
	$terminal->line('clear; ' . $command);
	shown(qr/^│ on +BLOCKED /m, 'started anew: it is still blocked');
	cmp_ok(blocked_s(), '>=', time - $asked - 1, '... with the time of who waits');
	is(waiting_backends(), 3, 'and no more backends wait');
	standbys('resume');
	shown(qr/^│ on +[\d.]+ +/m, 'it ends');
	shown(qr/HEALTHY/, 'healthy');
	$terminal->keys('q');
	ok($terminal->wait_until(sub { $terminal->flag('alternate_on') eq '0' }), 'the end');
};

undef $terminal;
done_testing();
