# What a drill does with containers and asks of them: cut from the network and joined, which server a
# node is, and where the WAL of a stopped one ends.
use strict;
use warnings;

use ComposeLab;
use StackAsk;
use StackLab;
use Test::More;

my $lab = ComposeLab->new;
my $description = StackLab::describe($lab);
my ($status, $out, $err);

sub ask { return ask_stack($description->{file}, @_, env => $lab->{env}) }

sub stack
{
	my (@arguments) = @_;
	($status, $out, $err) = StackLab::run($lab, {}, 'stack', @arguments, '-c', $description->{file});
	return $status;
}

sub ok_stack { return is(stack(@_), 0, "stack @_") || diag $err }

sub fails
{
	my ($message, @arguments) = @_;
	is(stack(@arguments), 2, "stack @arguments: fails");
	return like($err, $message, '... and says why');
}

sub ok_answer
{
	my ($verb, $node, $want, $what) = @_;
	my $answer = ask($verb, $node);
	ok($answer->{ok} && @{ $answer->{lines} } == 1, "$what: answered once") or diag $answer->{message};
	my ($name, $line) = @{ $answer->{lines}[0] // [ '', '' ] };
	is($name, $node, '... about that node');
	ref $want ? like($line, $want, "... $what") : is($line, $want, "... $what");
	return $line;
}

sub not_answered
{
	my ($verb, $node, $message, $what) = @_;
	my $answer = ask($verb, $node);
	is($answer->{status}, 2, "$what: fails");
	is_deeply($answer->{lines}, [], '... without an answer');
	return like($answer->{message}, $message, '... and says why');
}

# What stack_describe says, run by a shell.
sub as_described
{
	my ($answer) = @_;
	local @ENV{ keys %{ $lab->{env} } } = values %{ $lab->{env} };
	return qx($answer->{described} 2>&1);
}

sub state_of
{
	my ($node) = @_;
	stack('status', '--json');
	return (grep { $_->{name} eq $node } @{ JSON::PP::decode_json($out)->{nodes} })[0];
}

sub streaming { return $lab->sql('primary', 'SELECT count(*) FROM pg_stat_replication') // '' }

not_answered($_, 'primary', qr/cannot $_ primary: it is not created/, "$_ before the first start")
  for qw(identity wal-end);
fails(qr/cannot cut replica1: it is not created/, 'cut', 'replica1');
is_deeply([ $lab->left ], [], 'nothing was made by asking');

ok_stack('up');
my $identity = $lab->sql('primary', q{SELECT current_setting('pgwatch_tui.lab', true) || ' ' || }
	  . 'system_identifier FROM pg_control_system()');
like($identity, qr/^[0-9a-f-]{36} \d+$/, 'the servers say what they are');

subtest 'identity' => sub {
	my $answer = ask('identity', 'replica1');
	like(as_described($answer), qr/^\Q$identity\E$/m, 'what is described does that');
	ok_answer('identity', $_, $identity, 'of a running container') for @ComposeLab::nodes;
	ok_stack('pause', 'replica1');
	not_answered('identity', 'replica1', qr/replica1 is paused: nothing can be asked/, 'a paused one');
	ok_stack('resume', 'replica1');
};

subtest 'wal-end, and identity of who does not run' => sub {
	not_answered('wal-end', 'replica1', qr/replica1 is \w+: .* when it is stopped/,
		'a running server');
	my $end;
	ok(wait_until(60, sub {
		$end = $lab->sql('primary', 'SELECT pg_current_wal_flush_lsn()') // '';
		return ($lab->sql('primary', "SELECT flush_lsn = '$end' FROM pg_stat_replication "
				  . "WHERE application_name = 'replica1'") // '') eq 't';
	}), 'replica1 has all');
	ok_stack('kill', 'replica1');
	like(as_described(ask('wal-end', 'replica1')), qr/^1 \Q$end\E$/m, 'what is described does that');
	ok_answer('wal-end', 'replica1', "1 $end", 'where the primary has written to');
	ok_answer('identity', 'replica1', $identity, 'of a dead server');
	is($lab->state_of('replica1'), 'exited', 'it is still down');
	is($lab->docker('ps', '-aq', '--filter', "label=com.docker.compose.project=$lab->{project}",
			'--filter', 'label=com.docker.compose.oneoff=True'), '', 'no container of asking is left');
	ok_stack('up', 'replica1');
	$lab->ok_whole('primary', 'it comes back');
};

subtest 'cut and join' => sub {
	my $cut = ask('cut', 'replica1')->{described};
	is($lab->sql('replica1', 'SELECT 1'), undef, 'a cut node cannot be reached');
	is(state_of('replica1')->{state}, 'cut', 'status says so');
	like(state_of('replica1')->{detail}, qr/cut from the network/, '... and more');
	is($status, 1, '... exit status 1');
	fails(qr/cannot cut replica1: it is cut already/, 'cut', 'replica1');
	ok(wait_until(60, sub { streaming() eq '1' }), 'the primary notices');
	ok_answer('identity', 'replica1', $identity, 'of a cut one');
	my $join = ask('join', 'replica1')->{described};
	$lab->ok_whole('primary', 'it is back, its port too');
	$lab->ok_row('primary', 'after the join');
	fails(qr/cannot join replica1: it is not cut/, 'join', 'replica1');
	as_described({ described => $cut });
	is(state_of('replica1')->{state}, 'cut', 'what is described does that: cut');
	as_described({ described => $join });
	$lab->ok_whole('primary', 'what is described does that: join');
};

subtest 'cut, and what becomes of it' => sub {
	ok_stack('cut', 'primary');
	ok_stack('kill', 'primary');
	is(state_of('primary')->{state}, 'crashed', 'who is cut can be killed');
	like(state_of('primary')->{detail}, qr/cut from the network/, '... and is still cut');
	ok_stack('join', 'primary');
	ok_stack('cut', 'primary');
	ok_answer('wal-end', 'primary', qr/^1 /, 'of a dead one that is cut');
	ok_stack('up', 'primary');
	like($err, qr/^primary: is cut from the network: joining it$/m, 'up joins it first');
	ok_stack('cut', 'replica1');
	ok_stack('pause', 'replica1');
	ok_stack('pause', 'replica2');
	ok_stack('up');
	like($err, qr/^replica1: is paused, .*: killing it, to start it anew$/m, 'up kills who is frozen');
	like($err, qr/^replica1: is cut from the network: joining it$/m, '... and joins who is cut');
	like($err, qr/^replica2: is paused, .*: killing it, to start it anew$/m, '... one after the other');
	$lab->ok_whole('primary', 'and all is well');
	ok_stack('cut', 'replica2');
	ok_stack('down');
	is_deeply([ grep { !/_(?:primary|replica[12])$/ } $lab->left ], [], 'down takes away who is cut');
	ok_stack('up');
	$lab->ok_whole('primary', 'and up brings it back');
	$lab->ok_row('primary', 'after down and up');
};

done_testing();
