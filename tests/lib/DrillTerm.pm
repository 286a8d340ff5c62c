# DrillTerm: drills from the dashboard of a lab of its own, in a real terminal, by keys.
package DrillTerm;

use strict;
use warnings;
use utf8;

use Test::More;

use DrillLab;
use LocalStack;
use Term;

sub new
{
	my ($class) = @_;
	my $lab = DrillLab->new;
	return bless { lab => $lab, stack => $lab->{stack},
		terminal => Term->new(width => 120, height => 40, env => $lab->{stack}{env}) }, $class;
}

# Presses keys, and waits for what they bring about.
sub press
{
	my ($self, $keys, $pattern, $what) = @_;
	$self->{terminal}->keys(@$keys);
	return ok($self->{terminal}->wait_for($pattern, $what), $what);
}

sub start_dashboard
{
	my ($self) = @_;
	$self->{terminal}->line("clear; stty -a > before; $LocalStack::program -c $self->{stack}{config}; "
		  . "echo \"status \$?\"; stty -a > after");
	return ok($self->{terminal}->wait_for(qr/HEALTHY.*3\/3 nodes/s), 'the dashboard');
}

# Waits for what a drill brings about by itself, which may take its time.
sub see
{
	my ($self, $pattern, $what) = @_;
	return ok(LocalStack::wait_until(240, sub { $self->{terminal}->screen =~ $pattern }), $what)
	  || diag($self->{terminal}->screen);
}

# One key again and again, ten times at most, until it is on the screen.
sub press_until
{
	my ($self, $key, $pattern) = @_;
	my $terminal = $self->{terminal};

	for (1 .. 10)
	{
		return 1 if $terminal->screen =~ $pattern;
		my $before = $terminal->screen;
		$terminal->keys($key);
		$terminal->wait_until(sub { $terminal->screen ne $before });
	}
	return $terminal->screen =~ $pattern;
}

sub type_name
{
	my ($self, $name) = @_;
	$self->{terminal}->tmux('send-keys', '-l', $name);
	$self->{terminal}->keys('Enter');
	return;
}

# Opens the menu, takes the drill of that name (by hand: m first) and answers its question.
sub begin
{
	my ($self, $name, $by_hand) = @_;
	$self->press(['d'], qr/standby-kill.*primary-freeze/s, 'd: the drills');
	$self->press(['m'], qr/by hand: you promote/, 'm: by hand') if $by_hand;
	$self->press_until('j', qr/▸\S* *\Q$name\E /);
	$self->press(['Enter'], qr/type (\S+) to begin \Q$name\E/, 'its plan, and a name is asked for');
	my ($asked) = $self->{terminal}->screen =~ /type (\S+) to begin/;
	$self->type_name($asked);
	return;
}

sub ended_well
{
	my ($self, $status) = @_;
	my ($lab, $terminal) = @{$self}{qw(lab terminal)};

	ok($terminal->wait_for(qr/^status $status$/m), "exit status $status");
	is($terminal->flag('alternate_on'), 0, 'the normal screen');
	is($terminal->flag('cursor_flag'), 1, '... with its cursor');
	ok($terminal->wait_idle, 'the shell is back');
	is(LocalStack::slurp("$terminal->{directory}/after"), LocalStack::slurp("$terminal->{directory}/before"),
		'the terminal has its settings again');
	unlike($lab->look->{err}, qr/drill undo/, 'nothing is left in the journal');
	$lab->nothing_is_left('nobody stands still or is down');
	$lab->gets_healthy('healthy');
	return;
}

# After a drill that has ended.
sub leave
{
	my ($self) = @_;
	$self->press([ 'Escape', 'Escape' ], qr/Nodes/, 'back to the nodes');
	$self->press(['q'], qr/^status \d+$/m, 'q ends it');
	return $self->ended_well('\d+');
}

1;
