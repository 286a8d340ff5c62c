# What a local stack cannot do it says before it changes anything, and says what really stopped it.
use strict;
use warnings;

use File::Path qw(make_path);
use IO::Socket::INET;
use LocalStack;
use Test::More;

my ($status, $out, $err);

# A description like the stack's own with another bindir.
sub with_bindir
{
	my ($stack, $bindir) = @_;
	my $text = LocalStack::slurp($stack->{config});
	$text =~ s/^  data: .*\n\K/  bindir: $bindir\n/m or die;
	LocalStack::write_file($stack->{config}, $text);
}

sub script
{
	my ($path, $text) = @_;
	unlink $path;
	LocalStack::write_file($path, "#!/bin/sh\n$text\n");
	chmod 0755, $path;
}

subtest 'a port that is taken is found before the first server starts' => sub {
	my $stack = LocalStack->new;
	my $taken = IO::Socket::INET->new(Listen => 1, ReuseAddr => 1, Proto => 'tcp',
		LocalAddr => '127.0.0.1', LocalPort => $stack->{ports}{replica2}) or die;
	($status, $out, $err) = $stack->stack('up');
	is($status, 2, 'it fails');
	like($err, qr/port $stack->{ports}{replica2} of 127.0.0.1 is taken by process $$ /, '... and says by whom');
	unlike($err, qr/making a new cluster/, '... and has made nothing');
	close $taken;
};

subtest 'a port that the client end of a connection has' => sub {
	my $stack = LocalStack->new;
	my $listener = IO::Socket::INET->new(Listen => 1, Proto => 'tcp', LocalAddr => '127.0.0.1') or die;
	my $client = IO::Socket::INET->new(Proto => 'tcp', LocalAddr => '127.0.0.1',
		LocalPort => $stack->{ports}{primary}, PeerAddr => '127.0.0.1', PeerPort => $listener->sockport) or die;
	($status, $out, $err) = $stack->stack('up');
	is($status, 2, 'it fails');
	like($err, qr/port $stack->{ports}{primary} of 127.0.0.1 is taken by a connection/, '... and says by what');
	like($err, qr/hint: try again/, '... and what helps');
};

subtest 'PostgreSQL that is too old' => sub {
	my $stack = LocalStack->new;
	my $bindir = "$stack->{folder}/bin";
	make_path($bindir);
	script("$bindir/$_", 'echo "postgres (PostgreSQL) 11.22"')
	  for qw(postgres initdb pg_basebackup pg_controldata pg_waldump pg_rewind psql);
	with_bindir($stack, $bindir);
	($status, $out, $err) = $stack->stack('up');
	is($status, 2, 'it fails');
	like($err, qr/PostgreSQL 11 is too old/, '... and says why');
	like($err, qr/hint: .*12 or newer/, '... and what serves');
	ok(!-e $stack->{data}, '... and has made nothing');
};

subtest 'the reason is what failed first, not that it failed' => sub {
	my $stack = LocalStack->new;
	my $bindir = "$stack->{folder}/bin";
	my ($real) = grep { -x "$_/initdb" } sort { ($b =~ /(\d+)/)[0] <=> ($a =~ /(\d+)/)[0] }
	  glob '/usr/lib/postgresql/*/bin';
	plan skip_all => 'PostgreSQL is not in the usual place' if !defined $real;
	make_path($bindir);
	symlink $_, "$bindir/" . s{.*/}{}r for glob "$real/*";
	script("$bindir/pg_basebackup", 'echo "pg_basebackup: error: No space left on device" >&2; exit 1');
	with_bindir($stack, $bindir);
	($status, $out, $err) = $stack->stack('up');
	is($status, 2, 'it fails');
	like($err, qr/replica1 did not start: pg_basebackup failed: .*No space left on device/, '... and says why');
	$stack->stack('down', '--volumes');
};

subtest 'nothing is silent' => sub {
	my $stack = LocalStack->new;
	for my $verb (qw(down logs))
	{
		($status, $out, $err) = $stack->stack($verb);
		is($status, 0, "$verb of nothing");
		like($err . $out, qr/nothing was started yet/, '... says so');
	}
	is(($stack->stack('up'))[0], 0, 'up');
	($status, $out, $err) = $stack->stack('resume');
	like($err, qr/no node is paused/, 'resume of nobody says so');
	$stack->stack('down', '--volumes');
};

subtest 'the stack of another user' => sub {
	plan skip_all => 'only root can make one' if $> != 0;
	my $stack = LocalStack->new;
	my $nobody = getpwnam('nobody');
	is(($stack->stack('up'))[0], 0, 'up');
	my $marker = "$stack->{data}/.pgwatch-tui-stack";
	chown $nobody, -1, $marker or die;
	for my $words (['up'], [ 'kill', 'replica1' ], ['logs'], [ 'down', '--volumes' ])
	{
		($status, $out, $err) = $stack->stack(@$words);
		is($status, 2, "@$words is refused");
		like($err, qr/belongs to user nobody/, '... and says whose it is');
	}
	is($stack->states->{replica1}{state}, 'running', 'nothing happened to it');
	chown 0, -1, $marker or die;
	is(($stack->stack('down', '--volumes'))[0], 0, 'its own user takes it down');
};

done_testing();
