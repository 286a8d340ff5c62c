# Term: a real terminal for tests: a shell in a tmux of its own, with an environment that is the
# same everywhere. Keys go in, what stands on the screen comes out; waiting is for a text, with a
# deadline, never for a time.
package Term;

use strict;
use warnings;
use utf8;

use File::Temp qw(tempdir);
use Time::HiRes qw(sleep time);

use constant DEADLINE_S => $ENV{TERM_DEADLINE} // 15;
use constant LOOK_EVERY_S => 0.02;

my $count = 0;

# width, height, env => {NAME => value or undef}, term => 'tmux-256color', shell => ['sh', '-i']
sub new
{
	my ($class, %options) = @_;
	my $self = bless {
		socket => "pgwatch-test-$$-" . $count++,
		directory => tempdir(CLEANUP => 1),
	}, $class;
	my %environment = (
		PATH => $ENV{PATH},
		HOME => $self->{directory},
		LC_ALL => 'C.UTF-8',
		TZ => 'UTC',
		PS1 => 'prompt$ ',
		%{ $options{env} // {} });
	$environment{ASAN_OPTIONS} = $ENV{ASAN_OPTIONS} if defined $ENV{ASAN_OPTIONS};
	my @environment =
	  map { "$_=$environment{$_}" } grep { defined $environment{$_} } sort keys %environment;
	my $term = $options{term} // 'tmux-256color';

	open my $file, '>', "$self->{directory}/tmux.conf" or die "tmux.conf: $!";
	print $file "set -g default-terminal $term\nset -g status off\nset -s escape-time 0\n";
	close $file;
	system(
		'env', '-i', "PATH=$ENV{PATH}", 'LC_ALL=C.UTF-8', "HOME=$self->{directory}", 'tmux', '-L',
		$self->{socket}, '-f', "$self->{directory}/tmux.conf", 'new-session', '-d', '-c', $self->{directory},
		'-x', $options{width} // 80, '-y', $options{height} // 24,
		'env', '-i', @environment, "TERM=$term",
		@{ $options{shell} // [ 'sh', '-i' ] }) == 0
	  or die 'tmux does not start';
	$self->wait_for(qr/^prompt\$ ?$/m, 'the shell');
	return $self;
}

sub DESTROY
{
	my $self = shift;
	local ($?, $!);
	$self->tmux('kill-server') if defined $self->{socket};
	return;
}

# Runs a tmux command; returns what it prints.
sub tmux
{
	my ($self, @command) = @_;
	open my $out, '-|', 'tmux', '-L', $self->{socket}, @command or die "tmux: $!";
	binmode $out, ':encoding(UTF-8)';
	my $text = join '', <$out>;
	close $out;
	return $text;
}

# Keys by tmux's names: 'j', 'Enter', 'Escape', 'C-c', 'Down', 'Space'.
sub keys
{
	my ($self, @keys) = @_;
	$self->tmux('send-keys', @keys);
	return;
}

# A line for the shell.
sub line
{
	my ($self, $text) = @_;
	$self->tmux('send-keys', '-l', $text);
	$self->tmux('send-keys', 'Enter');
	return;
}

sub screen
{
	my $self = shift;
	return $self->tmux('capture-pane', '-p');
}

# The whole terminal in one word each: alternate screen, cursor.
sub flag
{
	my ($self, $name) = @_;
	my $text = $self->tmux('display-message', '-p', "#{$name}");
	chomp $text;
	return $text;
}

# Waits until the condition holds; false after the deadline.
sub wait_until
{
	my ($self, $condition) = @_;
	my $deadline = time + DEADLINE_S;
	do
	{
		return 1 if $condition->();
		sleep LOOK_EVERY_S;
	} while (time < $deadline);
	return 0;
}

# Waits until the screen has the pattern. Returns true, or shows the screen and returns false.
sub wait_for
{
	my ($self, $pattern, $what) = @_;
	my $screen = '';
	return 1 if $self->wait_until(sub { ($screen = $self->screen) =~ $pattern });
	print STDERR "# waited for $pattern", defined $what ? " ($what)" : '', ", the screen is:\n";
	print STDERR map { utf8::encode(my $line = $_); "# $line\n" } split /\n/, $screen;
	return 0;
}

sub resize
{
	my ($self, $width, $height) = @_;
	$self->tmux('resize-window', '-x', $width, '-y', $height);
	return;
}

# The process that the shell runs now.
sub child
{
	my $self = shift;
	my $shell = $self->flag('pane_pid');
	my $pid;
	$self->wait_until(
		sub {
			open my $out, '-|', 'ps', '-o', 'pid=', '--ppid', $shell or die "ps: $!";
			($pid) = map { /(\d+)/ } <$out>;
			close $out;
			return defined $pid;
		});
	return $pid;
}

# Waits until the shell runs nothing any more: what is typed earlier may go to the program that ends.
sub wait_idle
{
	my $self = shift;
	my $shell = $self->flag('pane_pid');
	return $self->wait_until(
		sub {
			open my $out, '-|', 'ps', '-o', 'pid=', '--ppid', $shell or die "ps: $!";
			my @children = <$out>;
			close $out;
			return !@children;
		});
}

# From now on all that is written to the terminal also goes to a file; returns its path.
sub record
{
	my $self = shift;
	my $path = "$self->{directory}/written-" . $count++;
	$self->tmux('pipe-pane', '-O', "exec cat > $path");
	$self->wait_until(sub { -e $path });
	return $path;
}

1;
