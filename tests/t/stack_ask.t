# What a drill asks of a local stack: which server a node is, and where the WAL of a stopped one ends.
use strict;
use warnings;

use LocalStack;
use StackAsk;
use Test::More;

my $stack = LocalStack->new;
my $uuid = qr/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/;

sub wait_until { return LocalStack::wait_until(@_) }
sub ask { return ask_stack($stack->{config}, @_) }

# One line about this node, and the end.
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
	like($answer->{message}, $message, '... and says why');
	return $answer;
}

sub stack
{
	my @arguments = @_;
	my ($status, undef, $err) = $stack->stack(@arguments);
	return is($status, 0, "stack @arguments") || diag $err;
}

not_answered($_, 'primary', qr/never started/, "$_ before the first start") for qw(identity wal-end);

stack('up');
my $identity = $stack->sql('primary', q{SELECT current_setting('pgwatch_tui.lab', true) || ' ' || }
	  . 'system_identifier FROM pg_control_system()');
like($identity, qr/^$uuid \d+$/, 'the servers say what they are');

subtest 'identity' => sub {
	ok_answer('identity', $_, $identity, 'the same as the server says') for sort keys %{ $stack->{ports} };
	stack('pause', 'replica1');
	ok_answer('identity', 'replica1', $identity, 'of a frozen server');
	stack('resume', 'replica1');
	stack('kill', 'replica1');
	ok_answer('identity', 'replica1', $identity, 'of a dead server');
	stack('up', 'replica1');
	my $command = ask('identity', 'replica1')->{described};
	is(qx($command 2>&1) =~ s/\s+/ /gr, "$identity ", 'what is described does that');
	like(ask('identity', 'nobody')->{message}, qr/identity is of one node/, 'of no node: refused');
};

# Kills the standby when it has all, and compares.
sub ok_end
{
	my ($timeline, $what) = @_;
	my $end;
	wait_until(60, sub {
		$end = $stack->sql('primary', 'SELECT pg_current_wal_flush_lsn()') // '';
		return ($stack->sql('primary', "SELECT pg_current_wal_insert_lsn() - '$end' < 48 AND bool_and("
				  . "flush_lsn = '$end') FROM pg_stat_replication WHERE application_name = 'replica1'") // '')
		  eq 't';
	}) or fail("$what: all of it arrives");
	stack('kill', 'replica1');
	ok_answer('wal-end', 'replica1', "$timeline $end", $what);
	return;
}


sub streams
{
	stack('up', 'replica1');
	return wait_until(60, sub {
		($stack->sql('primary', "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'") // '')
		  eq '2';
	});
}

subtest 'wal-end of a standby' => sub {
	not_answered('wal-end', 'replica1', qr/replica1 is running: .* when it is stopped/, 'a running server');
	stack('pause', 'replica1');
	not_answered('wal-end', 'replica1', qr/replica1 is paused/, 'a frozen server');
	stack('resume', 'replica1');
	ok_end(1, 'where the primary has written to');
	is($stack->state_of('replica1'), 'crashed', 'and nothing was started or mended');
	streams();
	$stack->sql('primary', 'SELECT pg_switch_wal()');
	ok_end(1, 'after a switch: the next segment');
	streams();
	for my $bytes (8192, 100_000, 20_000_000)
	{
		# Without a commit after it: the message is the last record, over pages and segments.
		$stack->sql('primary', "SELECT pg_logical_emit_message(false, 'x', repeat('x', $bytes))");
		ok_end(1, "a record of $bytes bytes");
		streams();
	}
};

subtest 'wal-end of a primary, and on the next timeline' => sub {
	stack('stop');
	my $end = ok_answer('wal-end', 'primary', qr{^1 [0-9A-F]+/[0-9A-F]+$}, 'of a primary');
	ok_answer('wal-end', $_, $end, 'a clean stop leaves all with the same') for qw(replica1 replica2);
	my $command = ask('wal-end', 'primary')->{described};
	like($command, qr{^NODE_NAME=primary PGDATA=\S+ PG_BINDIR=\S* \S+/init-primary\.sh end$}, 'described');
	stack('up');
	stack('kill', 'primary');
	is($stack->sql('replica1', 'SELECT pg_promote()'), 't', 'replica1 is promoted');
	stack('stop', 'replica1');
	ok_answer('wal-end', 'replica1', qr{^2 }, 'of a promoted one');
	ok_answer('wal-end', 'primary', qr{^1 }, 'of the one before');
};

subtest 'data that are not whole' => sub {
	my $data = "$stack->{data}/primary/data";
	is(system('mv', "$data/pg_wal", "$data/wal.away"), 0, 'the WAL is away');
	mkdir "$data/pg_wal";
	not_answered('wal-end', 'primary', qr/of primary is not known: its WAL cannot be read$/, 'no WAL');
	unlink "$data/pgwatch-tui.lab";
	ok_answer('identity', 'primary', '- ' . ($identity =~ s/.* //r), 'a lab without a mark');
	symlink "$stack->{data}/replica2/data/pgwatch-tui.lab", "$data/pgwatch-tui.lab";
	ok_answer('identity', 'primary', qr/^- /, 'a link is no mark');
	unlink "$data/pgwatch-tui.lab";
	LocalStack::write_file("$data/pgwatch-tui.lab", "'\nshared_preload_libraries = 'x\n");
	ok_answer('identity', 'primary', qr/^- /, 'whatever else is in the file is no mark');
	is(system('rm', '-rf', "$stack->{data}/replica2/data"), 0, 'data that are gone') if $stack->stack('stop');
	not_answered($_, 'replica2', qr/has no data/, $_) for qw(identity wal-end);
};

subtest 'a server with a file that is no mark' => sub {
	my $data = "$stack->{data}/replica1/data";
	LocalStack::write_file("$data/pgwatch-tui.lab", "'\nshared_preload_libraries = 'x\n");
	stack('up', 'replica1');
	is($stack->sql('replica1', q{SELECT coalesce(current_setting('pgwatch_tui.lab', true), '-')}), '-',
		'starts, and shows none');
};

subtest 'cut and join' => sub {
	for (qw(cut join))
	{
		my $answer = not_answered($_, 'replica1', qr/$_ is for containers/, $_);
		like($answer->{hint}, qr/`stack pause` looks the same/, '... and what to do instead');
	}
};

done_testing();
