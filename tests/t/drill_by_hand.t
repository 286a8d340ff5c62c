# What a person does in a drill, by keys on its screen: promotes and lets the old primary join, where a
# drill leaves it to him and where nobody leads (observe). Never before the old primary is surely down,
# never two, never without the name.
use strict;
use warnings;
use utf8;

use Test::More;

use DrillTerm;
use LocalStack;

my $drills = DrillTerm->new;
my ($lab, $stack, $terminal) = @{$drills}{qw(lab stack terminal)};

sub role { return { t => 'standby', f => 'primary' }->{ $stack->sql($_[0], 'SELECT pg_is_in_recovery()') // '' } // 'down' }

# P with the node selected that has the most WAL (another one would leave the third behind), its question, and
# the name. Returns who it is.
sub promote
{
	$drills->see(qr/No primary: promote \w/, 'it is the time to promote');
	my ($node) = $terminal->screen =~ /No primary: promote (\w+)/;
	my $other = $node eq 'replica2' ? 'replica1' : 'replica2';
	ok($drills->press_until('j', qr/P promotes $node: .*pg_promote/), "$node is selected, and the command is shown");
	$drills->press(['P'], qr/type $node/, 'P asks for its name');
	$drills->type_name($other);
	ok($terminal->wait_for(qr/not done: "$other" is not "$node"/), 'another name: not done');
	is(role($node), 'standby', '... it is a standby still');
	$drills->type_name($node);
	ok(LocalStack::wait_until(60, sub { role($node) eq 'primary' }), 'its name: promoted');
	return $node;
}

sub rejoin
{
	my ($node) = @_;
	ok($drills->press_until('j', qr/J lets join $node: /), "$node is selected, and the command is shown");
	$drills->press(['J'], qr/type $node/, 'J asks for its name');
	$drills->type_name($node);
	ok(LocalStack::wait_until(120, sub { role($node) eq 'standby' }), 'it joined as a standby');
	return;
}

my $leads = 'primary';

subtest 'a drill that leaves it to a person' => sub {
	$drills->start_dashboard;
	$drills->begin('primary-kill', 1);
	$drills->see(qr/YOU: promote a standby/, 'the primary is down, and it is up to a person');
	is(($stack->stack('up', 'primary'))[0], 0, 'somebody starts it again');
	$drills->see(qr/P not now: there is a primary/, 'no promotion beside it');
	is(($stack->stack('kill', 'primary'))[0], 0, 'he kills it');
	$leads = promote();
	$drills->see(qr/YOU: let the old primary join/, 'the old primary is left to him too');
	rejoin('primary');
	$drills->see(qr/\bPASS\b|: pass\b/i, 'it passes');
	$drills->leave;
};

subtest 'nobody leads' => sub {
	$drills->start_dashboard;
	$drills->begin('observe');
	$drills->see(qr/P not now: there is a primary/, 'no promotion beside a primary');
	$drills->press(['P'], qr/there is a primary/, '... P says so too');
	$drills->see(qr/observe until it is ended/, 'it observes');
	is(($stack->stack('kill', $leads))[0], 0, 'the primary is killed by somebody');
	promote();
	$drills->see(qr/P not now/, 'no second promotion');
	rejoin($leads);
	$drills->see(qr/3\/3 nodes/, 'all are there');
	$drills->see(qr/● healthy again/, '... and the clock knows');
	$drills->press(['x'], qr/end the observation.*\? y yes/, 'x: observing is to end');
	$terminal->keys('y');
	$drills->see(qr/PASS  observe   RTO [\d.]+ m?s/, 'it passes, and the time that it took is said');
	$drills->leave;
};

undef $terminal;    # not in global destruction
undef $drills;
done_testing();
