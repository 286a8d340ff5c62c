# DrillLab: drills on a local stack of their own: run, followed step by step, interrupted; what the
# cluster is like afterwards; and a writer beside it that keeps its own books.
package DrillLab;

use strict;
use warnings;

use Exporter qw(import);
use JSON::PP ();
use Test::More;
use Time::HiRes ();

use LocalStack;

our @EXPORT_OK = qw(@node_names %short);
our @node_names = qw(primary replica1 replica2);

# Short times: what is tested is not how long.
my @times = qw(--baseline 500ms --hold 500ms);
my $build = $ENV{PGWATCH_BUILD} // "$LocalStack::checkout/build";

sub new
{
	my ($class, %options) = @_;
	my $self = bless { stack => LocalStack->new(%options), count => 0 }, $class;
	return $self if $options{not_up};
	$self->up;
	return $self;
}

sub up
{
	my ($self) = @_;
	my ($status, undef, $err) = $self->{stack}->stack('up');
	$status == 0 or BAIL_OUT("no cluster: $err");
	return;
}

sub config { return $_[0]{stack}{config} }

# One drill to its end: { status, data (with --json), out, err }.
sub run
{
	my ($self, @arguments) = @_;
	my ($status, $out, $err) =
	  $self->{stack}->run('drill', @arguments, '-c', $self->config);
	return { status => $status, out => $out, err => $err,
		data => scalar eval { JSON::PP->new->utf8->decode($out) } };
}

sub drill
{
	my ($self, $name, @options) = @_;
	return $self->run('run', $name, '--yes', '--json', @times, @options);
}

# ---- one in the background

sub start
{
	my ($self, @arguments) = @_;
	my $output = "$self->{stack}{folder}/drill-" . $self->{count}++;
	$self->{output} = $output;
	$self->{pid} = $self->{stack}->start($output, 'drill', @arguments, '-c', $self->config);
	return;
}

sub start_drill
{
	my ($self, $name, @options) = @_;
	return $self->start('run', $name, '--yes', @times, @options);
}

sub said { return LocalStack::slurp($_[0]{output}) }

# What it does, one text for each step that it began: "kill primary", "wait", "hold", ...
sub steps
{
	my ($self) = @_;
	my @steps;
	for (split /\n/, $self->said)
	{
		next if !/^\d\d:\d\d:\d\d +(?:[+-][\d.]+ s +)?([a-z][^*!].*)$/;
		my $text = $1;
		push @steps, $text =~ s/: .*//r if $text !~ /: (?:done|failed|left out)(?::|$)/;
	}
	return @steps;
}

# Until so many steps were begun, or it ended.
sub wait_for_step
{
	my ($self, $count) = @_;
	return LocalStack::wait_until(240, sub { $self->steps >= $count || $self->ended }) && $self->steps >= $count;
}

sub wait_for_text
{
	my ($self, $pattern) = @_;
	return LocalStack::wait_until(240, sub { $self->said =~ $pattern || $self->ended })
	  && $self->said =~ $pattern;
}

# Reaps it when it has ended.
sub ended
{
	my ($self) = @_;
	return 1 if !$self->{pid};
	return 0 if waitpid($self->{pid}, 1) != $self->{pid};
	$self->{status} = $? & 127 ? 128 + ($? & 127) : $? >> 8;
	$self->{pid} = undef;
	return 1;
}

sub signal { my ($self, $signal) = @_; return $self->{pid} && kill $signal, $self->{pid} }

# Its exit status; undef when it does not end.
sub finish
{
	my ($self, $seconds) = @_;
	return LocalStack::wait_until($seconds // 300, sub { $self->ended }) ? $self->{status} : undef;
}

# ---- how the cluster is

# Status and stderr of one `status`.
sub look
{
	my ($self) = @_;
	my ($status, $out, $err) = $self->{stack}->run('status', '--json', '-c', $self->config);
	return { status => $status, err => $err, data => scalar eval { JSON::PP::decode_json($out) } // {} };
}

# Until everything is whole, without a hand on it.
sub gets_healthy
{
	my ($self, $what) = @_;
	my $look;
	ok(LocalStack::wait_until(180, sub { ($look = $self->look)->{status} == 0 }), $what)
	  and return 1;
	diag join ' ', 'finding:', map { $_ // '' } @{$_}{qw(rule node text)} for @{ $look->{data}{findings} };
	diag "$_: " . $self->{stack}->state_of($_) for @node_names;
	diag "log of $_:\n" . substr($self->{stack}->log_of($_), -1500) for @node_names;
	return 0;
}

# { node => 'primary' or 'standby' }, as the servers say.
sub roles
{
	my ($self) = @_;
	my %roles;
	for my $node (@node_names)
	{
		my $standby = $self->{stack}->sql($node, 'SELECT pg_is_in_recovery()') // '?';
		$roles{$node} = { t => 'standby', f => 'primary' }->{$standby} // 'down';
	}
	return \%roles;
}

sub primary
{
	my ($self) = @_;
	my $roles = $self->roles;
	return (grep { $roles->{$_} eq 'primary' } @node_names)[0];
}

# Nobody stands still, is down, or has its replay paused; a node that is being started is given time.
sub nothing_is_left
{
	my ($self, $what) = @_;
	my @left;
	LocalStack::wait_until(
		60,
		sub {
			my $states = $self->{stack}->states;
			@left = map { "$_ is $states->{$_}{state}" } grep { $states->{$_}{state} ne 'running' } @node_names;
			push @left, map { "the replay of $_ is paused" }
			  grep { ($self->{stack}->sql($_, 'SELECT pg_is_in_recovery() AND pg_is_wal_replay_paused()') // '') eq 't' }
			  @node_names
			  if !@left;
			return !@left;
		});
	return is_deeply(\@left, [], $what);
}

# ---- never two primaries: somebody looks all the time

sub watch
{
	my ($self) = @_;
	$self->{watch_output} = "$self->{stack}{folder}/watched";
	$self->{watch_pid} =
	  $self->{stack}->start($self->{watch_output}, 'status', '--watch', '--json', '-c', $self->config);
	return;
}

sub never_two_primaries
{
	my ($self, $what) = @_;
	kill 'TERM', $self->{watch_pid};
	waitpid $self->{watch_pid}, 0;
	my @looks = split /\n/, LocalStack::slurp($self->{watch_output});
	cmp_ok(scalar @looks, '>', 5, 'somebody looked');
	return is(scalar(grep { /two_primaries/ } @looks), 0, $what);
}

# ---- the writer beside it

sub begin_books
{
	my ($self, $prefix, $level) = @_;
	my $stack = $self->{stack};
	my $ports = join ',', map { $stack->{ports}{$_} } @node_names;
	my $path = "$stack->{folder}/books-$prefix";
	my $primary = $self->primary // die "no primary\n";

	defined $stack->sql($primary, 'CREATE TABLE IF NOT EXISTS own_books (token text PRIMARY KEY)')
	  or die $stack->{error};
	my $pid = fork() // die "fork: $!\n";
	if (!$pid)
	{
		$SIG{$_} = 'DEFAULT' for qw(INT TERM HUP);
		open STDIN, '<', '/dev/null';
		open STDOUT, '>', $path;
		$ENV{PGPASSFILE} = "$stack->{data}/passfile";
		exec "$build/tests/tools/own_books",
		  "host=127.0.0.1,127.0.0.1,127.0.0.1 port=$ports user=postgres dbname=postgres connect_timeout=2"
		  . ' target_session_attrs=read-write', $prefix, $level // 'on'
		  or POSIX::_exit(127);
	}
	LocalStack::wait_until(60, sub { (LocalStack::slurp($path) =~ tr/\n//) > 3 }) or die "no books\n";
	return { pid => $pid, path => $path, prefix => $prefix };
}

# { outcome => { token => 1 }, gap_ms => longest time without an acknowledgement }
sub end_books
{
	my ($self, $books) = @_;
	kill 'TERM', $books->{pid};
	waitpid $books->{pid}, 0;
	my ($last, $gap, %of) = (undef, 0);
	for (split /\n/, LocalStack::slurp($books->{path}))
	{
		my ($token, $outcome, $at) = split / /;
		$of{$outcome}{$token} = 1;
		next if $outcome ne 'acknowledged';
		$gap = $at - $last if defined $last && $at - $last > $gap;
		$last = $at;
	}
	return { %of, gap_ms => $gap };
}

# Tokens of the prefix that the node has.
sub booked
{
	my ($self, $node, $prefix) = @_;
	my $tokens = $self->{stack}->sql($node, "SELECT token FROM own_books WHERE token LIKE '$prefix-%'");
	die "$node: $self->{stack}{error}" if !defined $tokens;
	return { map { $_ => 1 } split /\n/, $tokens };
}

sub DESTROY
{
	my ($self) = @_;
	local ($?, $@);
	kill 'KILL', grep { defined } $self->{pid}, $self->{watch_pid};
	return;
}

1;
