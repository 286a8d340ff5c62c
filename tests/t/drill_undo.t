# What a killed drill left is taken back on a cluster that went on without it: nobody is promoted beside a
# primary, nobody is let go on who could be a second one.
use strict;
use warnings;

use Test::More;

use DrillLab;
use LocalStack;

my $lab = DrillLab->new;
my $stack = $lab->{stack};
my $journal = "$stack->{data}/drill.journal";

# A drill that died when it waited: for the freeze to be noticed, or for a person to promote.
sub die_while
{
	my ($name, $state, $says) = @_;
	$lab->start_drill($name, '--manual');
	ok($lab->wait_for_text($says), "$name waits") or diag $lab->said;
	ok(LocalStack::wait_until(10, sub { $stack->state_of('primary') eq $state }), "the primary is $state");
	$lab->signal('KILL');
	is($lab->finish, 137, 'it is killed');
	return;
}

# As if it had died when the promotion was in the journal, and nowhere else yet.
sub ask_in_the_journal
{
	my ($node) = @_;
	open my $file, '>>', $journal or die "$journal: $!";
	print $file qq({"entry":"promotion_asked","at":"2026-11-27T12:00:00.000Z","node":"$node"}\n);
	close $file or die;
	like($lab->look->{err}, qr/drill undo/, 'status says what takes it back');
	return;
}

sub undo
{
	my ($status, $pattern, $what) = @_;
	my $undo = $lab->run('undo');
	is($undo->{status}, $status, 'drill undo') or diag $undo->{err};
	like($undo->{err}, $pattern, $what);
	return;
}

subtest 'the old primary leads again' => sub {
	die_while('primary-kill', 'crashed', qr/promote a standby/);
	ask_in_the_journal('replica1');
	is(($stack->stack('up'))[0], 0, 'somebody starts the cluster');
	undo(0, qr/another node is the primary, and it follows/, 'nobody is promoted');
	is_deeply($lab->roles, { primary => 'primary', replica1 => 'standby', replica2 => 'standby' }, 'all are what they were');
	unlike($lab->look->{err}, qr/drill undo/, 'nothing is left in the journal');
	$lab->gets_healthy('healthy');
};

subtest 'the old primary leads again, and the standby is down' => sub {
	die_while('primary-kill', 'crashed', qr/promote a standby/);
	ask_in_the_journal('replica1');
	is(($stack->stack('up'))[0], 0, 'somebody starts the cluster');
	is(($stack->stack('kill', 'replica1'))[0], 0, '... and the standby dies');
	undo(2, qr/another node is the primary; let this one follow it first/, 'it is said what comes first');
	is($stack->sql('primary', 'SELECT pg_is_in_recovery()'), 'f', 'the primary leads');
	is(($stack->stack('up', 'replica1'))[0], 0, 'the standby is started');
	$lab->gets_healthy('... and follows');
	undo(0, qr/nothing of the drill is left/, 'then nothing is left');
};

subtest 'somebody leads whom nobody can look at' => sub {
	die_while('primary-freeze', 'paused', qr/pause primary/);
	is($stack->sql('replica1', 'SELECT pg_promote()'), 't', 'somebody promotes a standby');
	ok(defined $stack->sql('replica1', 'SET synchronous_commit = local; ALTER ROLE pgwatch NOLOGIN'), '... and lets nobody in')
	  or diag $stack->{error};
	undo(0, qr/kill primary/, 'who stands still is killed, not let go on');
	ok(LocalStack::wait_until(120, sub { ($stack->sql('primary', 'SELECT pg_is_in_recovery()') // '') eq 't' }),
		'... and joins as a standby');
	ok(defined $stack->sql('replica1', 'ALTER ROLE pgwatch LOGIN'), 'all are let in again');
	$lab->gets_healthy('healthy');
	is_deeply($lab->roles, { primary => 'standby', replica1 => 'primary', replica2 => 'standby' }, 'one primary');
};

# Under a rule that any one standby satisfies, work went on without the one that was asked: it stood still, and
# more WAL came than a connection holds.
subtest 'another standby has more by now' => sub {
	my $leads = $lab->primary;
	my ($asked, $other) = grep { $_ ne $leads } @DrillLab::node_names;
	$lab->start_drill('primary-kill', '--manual');
	ok($lab->wait_for_text(qr/promote a standby/), 'a drill waits') or diag $lab->said;
	$lab->signal('KILL');
	is($lab->finish, 137, 'it is killed');
	ask_in_the_journal($asked);
	is(($stack->stack('up'))[0], 0, 'somebody starts the cluster');
	ok(defined $stack->sql($leads, "ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 ($asked, $other)'")
		&& defined $stack->sql($leads, 'SELECT pg_reload_conf()'), 'one standby is enough') or diag $stack->{error};
	$lab->gets_healthy('healthy');
	is(($stack->stack('pause', $asked))[0], 0, 'the one that was asked stands still');
	ok(defined $stack->sql($leads, 'CREATE TABLE since AS SELECT generate_series(1, 500000)'), 'work goes on')
	  or diag $stack->{error};
	is(($stack->stack('kill', $leads))[0], 0, 'the primary dies');
	is(($stack->stack('resume', $asked))[0], 0, 'the standby goes on');
	undo(2, qr/$asked is not promoted: .*$other/, 'nobody is promoted, and it is said why');
	is($stack->sql($asked, 'SELECT pg_is_in_recovery()'), 't', '... it is a standby still');
	like($lab->look->{err}, qr/drill undo/, '... and the journal keeps it');
	is(($stack->stack('up', $leads))[0], 0, 'the old primary is started');
	$lab->gets_healthy('... and followed');
	undo(0, qr/another node is the primary, and it follows/, 'then nothing is left');
	is($stack->sql($leads, 'SELECT count(*) FROM since'), 500000, 'no row is lost');
};

done_testing();
