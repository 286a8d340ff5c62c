# The stack screen in a real terminal on a real engine: containers come up, are killed, frozen and
# removed from it, and what happens outside of it is seen without waiting for the next poll.
use strict;
use warnings;
use utf8;

use ComposeLab;
use JSON::PP ();
use StackLab;
use Term;
use Test::More;
use Time::Local ();

my $lab = ComposeLab->new;
my $description = StackLab::describe($lab);
my $terminal = Term->new(width => 120, height => 40,
	env => { %{ $lab->{env} }, DOCKER_HOST => $ENV{DOCKER_HOST} });
my $recording = $terminal->{directory} . '/seen.jsonl';
my $within = 120; # seconds: images are built and the cluster is copied

# What the engine has a part in has its time.
sub ok_soon
{
	my ($pattern, $what) = @_;
	my $seen = wait_until($within, sub { $terminal->screen =~ $pattern });
	return ok($seen, $what) || diag $terminal->screen =~ s/([^\x00-\x7f])/./gr;
}

# What the recording has of replica1's loss, in seconds after the engine saw the container end.
sub lost_after
{
	open my $in, '<', $recording or die "$recording: $!\n";
	my ($header, @lines) = map { JSON::PP::decode_json($_) } grep { /\}$/ } <$in>;
	my ($lost) = reverse grep { ($_->{fault}{kind} // '') eq 'closed' && ($_->{n} // 0) == 1 } @lines;
	my ($finished) = $lab->docker('inspect', '-f', '{{.State.FinishedAt}}', $lab->container('replica1'));
	my ($y, $mo, $d, $h, $mi, $s) = $finished =~ /^(\d+)-(\d+)-(\d+)T(\d+):(\d+):([\d.]+)Z/ or return;
	return ($header->{of}{wall_us} + $lost->{t}) / 1e6 - (Time::Local::timegm(int $s, $mi, $h, $d, $mo - 1, $y) + $s - int $s);
}

# Presses keys, then waits for the text.
sub press
{
	my ($keys, $pattern, $what) = @_;
	$terminal->keys(@$keys);
	return ok_soon($pattern, $what);
}

sub volumes
{
	return grep { /_(?:primary|replica[12])$/ } $lab->left;
}

$terminal->line("$StackLab::program dashboard --interval 20s --record $recording -c $description->{file}");
ok($terminal->wait_for(qr/0\/3 nodes/), 'nothing runs yet');
press(['s'], qr/Stack: compose.*primary +not created.*replica1 +not created.*replica2 +not created/s,
	's: the stack screen, no container is there');

subtest 'up' => sub {
	press(['u'], qr/up: \d.*Esc cancels/, 'it says what it does');
	ok_soon(qr/Container \S+  (?:Creat|Start)/, 'its progress is shown');
	ok_soon(qr/[12]\/3 nodes|3\/3 nodes/, 'nodes appear above');
	ok_soon(qr/up: done in/, 'it ends');
	ok_soon(qr/HEALTHY.*3\/3 nodes/, 'healthy, all three');
	ok_soon(qr/primary +running.*replica1 +running.*replica2 +running/s, 'the containers are healthy too');
	like($terminal->screen, qr/127\.0\.0\.1:$lab->{port}{primary}->5432/, 'with their ports');
};

# The interval is 20 s and the terminal's deadline is shorter.
subtest 'killed from outside' => sub {
	cmp_ok(Term::DEADLINE_S, '<', 20, 'a poll would come too late');
	$lab->docker('kill', $lab->container('replica1'));
	ok($terminal->wait_for(qr/replica1 +standby +(?:closed|refused)/), 'is seen above at once');
	note sprintf 'noticed %.0f ms after the engine saw its end', 1000 * lost_after();
	ok_soon(qr/replica1 +crashed/, 'and below');
	press(['u'], qr/up: done in/, 'u mends it');
	ok_soon(qr/HEALTHY.*3\/3 nodes/, 'healthy');
};

subtest 'kill' => sub {
	press(['j'], qr/^│ ▸ replica1 /m, 'replica1 is selected');
	press(['K'], qr/docker compose -p $lab->{project} -f \S+\s.*kill\s.*replica1.*kill replica1\? y yes/s,
		'the question has the exact command');
	press(['n'], qr/not done/, 'n: not done');
	is($lab->state_of('replica1'), 'running', '... and it runs');
	press([ 'K', 'y' ], qr/kill replica1: done in/, 'y: done');
	is($lab->state_of('replica1'), 'exited', '... and it is gone');
	ok($terminal->wait_for(qr/replica1 +standby +(?:closed|refused)/), 'above it is seen');
	press([ 'K', 'y' ], qr/cannot kill replica1: it is crashed/, 'killing it again fails and says why');
	press(['U'], qr/up replica1: done in/, 'U starts it');
	ok_soon(qr/HEALTHY.*3\/3 nodes/, 'healthy');
};

subtest 'pause and continue' => sub {
	press([ 'p', 'y' ], qr/pause replica1: done in/, 'paused');
	is($lab->state_of('replica1'), 'paused', '... it is');
	ok_soon(qr/replica1 +paused/, '... and it is shown');
	press(['c'], qr/resume replica1: done in/, 'goes on');
	is($lab->state_of('replica1'), 'running', '... it does');
};

subtest 'logs' => sub {
	press(['l'], qr/logs replica1: done in/, 'logs');
	ok_soon(qr/replica1.*\| .*LOG: /, 'are shown');
};

subtest 'removing the data asks twice' => sub {
	is(scalar(volumes()), 3, 'there are three volumes');
	press([ 'X', 'y' ], qr/all data of lab will be gone/, 'the second question');
	press([ 'n', 'o', 'Enter' ], qr/not done/, 'a wrong name');
	is($lab->state_of('primary'), 'running', '... removes nothing');
	press([ 'X', 'y', 'l', 'a', 'b', 'Escape' ], qr/not done/, 'Esc');
	is(scalar(volumes()), 3, '... removes nothing');
	press([ 'X', 'y', 'l', 'a', 'b', 'Enter' ], qr/destroy: \d/, 'the right name');
	ok_soon(qr/destroy: done in/, '... is done');
	is_deeply([ $lab->left ], [], 'nothing is left');
	ok_soon(qr/0\/3 nodes/, 'the nodes above are gone');
};

subtest 'Esc cancels' => sub {
	press(['u'], qr/up: \d.*Esc cancels/, 'up');
	ok_soon(qr/Container \S+  (?:Creat|Start)/, 'it has begun');
	press(['Escape'], qr/up was cancelled/, 'Esc: cancelled');
	ok_soon(qr/(?:left: |no container is there).*stack down/s, 'it says what is left');
	press([ 'D', 'y' ], qr/down: \d/, 'D takes it away');
	ok_soon(qr/down: done in/, '... is done');
};

press(['q'], qr/^prompt\$ *$/m, 'q ends it');

subtest 'only watched' => sub {
	my $watched = StackLab::describe($lab, lab => 0);
	$terminal->line("clear; $StackLab::program -c $watched->{file}");
	ok($terminal->wait_for(qr/0\/3 nodes/), 'no lab');
	unlike($terminal->screen, qr/s stack/, 'there is no key for it');
	press(['s'], qr/this cluster is only watched/, 's says why');
	press(['q'], qr/^prompt\$ *$/m, 'q ends it');
};

undef $terminal; # not in global destruction
done_testing();
